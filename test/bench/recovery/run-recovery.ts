import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@usher/db';
import { startPostgres } from '@usher/infra';
import { migrateQueue } from '@usher/queue';
import { sql } from 'kysely';
import { startRedis } from '../../support/redis.ts';
import { settled } from '../../support/settled.ts';
import { startSystem } from '../../support/system.ts';
import { waitFor } from '../../support/wait-for.ts';
import { printTable } from '../support/print-table.ts';
import { spreadOf } from '../support/spread.ts';
import type { Suite } from '../support/suite.ts';
import { undisturbed } from '../support/undisturbed.ts';
import { FAULTS, type Fault, type Stage } from './faults.ts';

const WORKERS = 3;
const ROUNDS = 10;
const QUICK_ROUNDS = 2;
/** Of each kind: adding at once, and by email. */
const JOBS = 20;

interface Recovery {
  backend: string;
  fault: string;
  limitMs: number | null;
  /** Milliseconds from the fault's end to the last outcome and email, one for each round. */
  ms: number[];
}

/**
 * How long after a fault everything submitted before it is done, emails included: real processes, a
 * durable Postgres that is stopped the hard way, and a Redis that forgets everything.
 */
export const runRecovery: Suite = async (options) => {
  const rounds = options.rounds ?? (options.quick ? QUICK_ROUNDS : ROUNDS);
  const data: Recovery[] = [];
  for (const backend of ['postgres', 'redis'] as const) {
    const { stage, close } = await setStage(backend);
    options.atEnd(close);
    for (const fault of FAULTS.filter((each) => backend === 'redis' || !each.needsRedis)) {
      const ms: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const what = `${backend}: ${fault.name}`;
        ms.push(await undisturbed(what, options.log, () => recover(stage, fault)));
        options.log(`${backend}: ${fault.name}: ${seconds(ms.at(-1) ?? 0)} s`);
      }
      data.push({ backend, fault: fault.name, limitMs: fault.limitMs, ms });
    }
    await close();
  }
  return { text: describe(data), data };
};

const seconds = (ms: number) => (ms / 1_000).toFixed(1);

function describe(data: readonly Recovery[]): string {
  const head = ['seconds until all is done, after', 'queue', 'median', 'least', 'most', 'promised'];
  const rows = data.map(({ backend, fault, limitMs, ms }) => {
    const { median, least, most } = spreadOf(ms);
    const limit = limitMs === null ? '' : seconds(limitMs);
    return [fault, backend, ...[median, least, most].map(seconds), limit];
  });
  return printTable([head, ...rows]);
}

async function recover(stage: Stage, fault: Fault): Promise<number> {
  const { system } = stage;
  const count = async () => {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from outcomes`.execute(system.db);
    return rows[0]?.count ?? 0;
  };
  const before = await count();
  await Promise.all(Array.from({ length: JOBS * 2 }, (_, n) => submit(stage, n % 2 === 0)));
  await waitFor('work is under way', async () => (await count()) > before);
  await fault.inject(stage);
  const began = performance.now();
  await settled(system, 60_000);
  const ms = performance.now() - began;
  await fault.heal(stage);
  return ms;
}

async function submit({ system }: Stage, byEmail: boolean): Promise<void> {
  const answer = await system.call('POST', '/api/v1/invites/bulk', {
    body: {
      invite_method: byEmail ? 'email' : 'direct',
      email: `${randomBytes(8).toString('hex')}@example.com`,
      website_ids: system.tenant.websiteIds,
    },
    headers: { prefer: 'respond-async' },
  });
  if (answer.status !== 202) throw new Error(`answered ${answer.status}, not 202`);
}

async function setStage(backend: 'postgres' | 'redis') {
  const dataDir = join(tmpdir(), `usher-recovery-${randomBytes(6).toString('hex')}`);
  let postgres = await startPostgres({ dataDir });
  const { port } = postgres;
  const url = postgres.url();
  await migrate(url);
  await migrateQueue(url);
  const redis = backend === 'redis' ? await startRedis() : undefined;
  const database = { url, drop: () => postgres.stop({ removeData: true }) };
  const system = await startSystem({
    database,
    workers: WORKERS,
    ...(redis && { queueUrl: redis.url }),
  });
  const stage: Stage = {
    system,
    redis,
    postgres: {
      // Immediate shutdown: as a crash, with recovery at the start.
      async kill() {
        process.kill(postgres.pid, 'SIGQUIT');
        await postgres.exited;
        await postgres.stop();
      },
      start: async () => (postgres = await startPostgres({ dataDir, port })),
    },
  };
  let closing: Promise<void> | undefined;
  const close = () =>
    (closing ??= (async () => {
      await system.close();
      await redis?.stop();
    })());
  return { stage, close };
}
