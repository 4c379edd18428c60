import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startRedis } from '../../support/redis.ts';
import type { BackendName, WipeHow } from '../plan/plan.ts';

/** The queue's store of a trial, and what can be done to it. */
export interface TrialQueue {
  /** For a process whose Postgres is behind this port. */
  urlThrough(port: number): string;
  wipe(how: WipeHow): Promise<void>;
  /** It answers nobody for so long. */
  pause(ms: number): Promise<void>;
  /** Killed, and back, empty. Redis only. */
  restart(downMs: number): Promise<void>;
  /** It takes nothing more for so long. Redis only. */
  fill(ms: number): Promise<void>;
  /** What it holds just now, as text. */
  read(): Promise<string>;
  stop(): Promise<void>;
}

export const startTrialQueue = (backend: BackendName, databaseUrl: string): Promise<TrialQueue> =>
  backend === 'redis' ? onRedis() : Promise.resolve(onPostgres(databaseUrl));

const MARKER = 'bull:usher-marker';

async function onRedis(): Promise<TrialQueue> {
  const redis = await startRedis();
  const keys = async (pattern: string) => (await redis.command('KEYS', pattern)) as string[];
  return {
    urlThrough: () => redis.url,
    async wipe(how) {
      if (how === 'everything') return void (await redis.command('FLUSHALL'));
      const found = await keys('bull:usher-*');
      const lost = found.filter((key) => how === 'messages' || !key.startsWith(MARKER));
      if (lost.length > 0) await redis.command('DEL', ...lost);
    },
    async pause(ms) {
      const pid = redis.pid();
      process.kill(pid, 'SIGSTOP');
      try {
        await delay(ms);
      } finally {
        if (pid === redis.pid()) process.kill(pid, 'SIGCONT');
      }
    },
    async restart(downMs) {
      await redis.kill();
      await delay(downMs);
      await redis.start();
    },
    async fill(ms) {
      await redis.command('CONFIG', 'SET', 'maxmemory', '1');
      await delay(ms);
      await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    },
    async read() {
      const found = await keys('bull:*');
      const texts = await Promise.all(
        found.map(async (key) => {
          const kind = await redis.command('TYPE', key);
          const value = kind === 'hash' ? await redis.command('HGETALL', key) : '';
          return `${key} ${JSON.stringify(value)}`;
        }),
      );
      return texts.join('\n');
    },
    stop: () => redis.stop(),
  };
}

function onPostgres(databaseUrl: string): TrialQueue {
  const query = async <Row extends pg.QueryResultRow>(statement: string) => {
    const client = new pg.Client({ connectionString: databaseUrl });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Row>(statement)).rows;
    } finally {
      await client.end();
    }
  };
  const never = () => Promise.reject(new Error('this queue is Postgres itself: crash that'));
  return {
    urlThrough(port) {
      const url = new URL(databaseUrl);
      url.port = String(port);
      return url.href;
    },
    async wipe(how) {
      if (how === 'messages') return void (await query('truncate bullmq.job cascade'));
      if (how === 'silently') {
        return void (await query(`delete from bullmq.job where queue <> 'usher-marker'`));
      }
      const tables = await query<{ name: string }>(
        `select format('bullmq.%I', tablename) as name from pg_tables
          where schemaname = 'bullmq' and tablename <> 'migration'`,
      );
      await query(`truncate ${tables.map(({ name }) => name).join(', ')} cascade`);
    },
    async pause(ms) {
      await query(`begin; lock table bullmq.job in access exclusive mode;
        select pg_sleep(${ms / 1_000}); commit`);
    },
    restart: never,
    fill: never,
    async read() {
      const rows = await query<{ line: string }>(
        'select to_jsonb(job)::text as line from bullmq.job job',
      );
      return rows.map(({ line }) => line).join('\n');
    },
    stop: () => Promise.resolve(),
  };
}
