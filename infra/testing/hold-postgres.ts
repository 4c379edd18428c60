import { startPostgres } from '../embedded-postgres.ts';

// A process that starts Postgres, says so, and waits to be killed.
const postgres = await startPostgres({ dataDir: process.argv[2] ?? '' });
console.log(JSON.stringify({ url: postgres.url(), pid: postgres.pid }));
await postgres.exited;
