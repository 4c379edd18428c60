import { startStack } from '../stack.ts';

// A process that starts a stack, says so, and waits to be killed.
const [dataDir = '', api = '', worker = ''] = process.argv.slice(2);
const stack = await startStack({
  dataDir,
  log: () => undefined,
  migrate: async () => undefined,
  services: { api, worker },
});
console.log(JSON.stringify({ pids: stack.pids }));
await stack.ended;
