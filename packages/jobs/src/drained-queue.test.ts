import { createDatabase, newId, type Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { VirtualTime } from './dispatch/fair-pick.ts';
import { fillLane, readWaiting } from './dispatch/fill-lane.ts';
import { sweep } from './dispatch/sweep.ts';
import { runTask } from './run-task.ts';
import { createTestCall } from './testing/test-call.ts';
import { createTestQueue } from './testing/test-queue.ts';
import {
  aCall,
  aJob,
  deliver,
  useBench,
  type EngineOptions,
  type TestEngine,
} from './testing/use-bench.ts';

const MANY = 5_000;
const SOME = 48;
const bench = useBench();

/** What is read over it appears in no statistics. */
let uncounted: Kysely<Database>;
beforeAll(() => {
  const url = new URL(bench.url);
  url.searchParams.set('options', '-c track_counts=off');
  uncounted = createDatabase({ url: url.href, application: 'jobs-test', poolSize: 1 });
  return () => uncounted.destroy();
});

/**
 * As after a flood that drained and was vacuumed while little was left at the end of its pages: Postgres
 * believes that the table is all but empty, until it is analyzed again.
 */
beforeEach(async () => {
  await sql`delete from tasks`.execute(uncounted);
  await sql`alter table tasks set (autovacuum_enabled = false)`.execute(uncounted);
  await sql`vacuum tasks`.execute(uncounted);
  await sql`update pg_class set reltuples = 1, relpages = 500
    where relname ~ '^tasks' and relkind in ('r', 'i')`.execute(uncounted);
});

async function aGate(cap: number): Promise<string> {
  const name = `webhook:${newId()}`;
  await sql`insert into gates (name, cap) values (${name}, ${cap})`.execute(bench.db);
  return name;
}

const flood = (lane: string, more: { gate?: string; sent?: boolean; jobId?: string } = {}) =>
  sql`
    insert into tasks (id, org_id, kind, job_id, subject_id, lane, gate, sent_at, due_at)
    select gen_random_uuid(), ${bench.orgId}, 'call', ${more.jobId ?? null}, gen_random_uuid(), ${lane},
      ${more.gate ?? null}, case when ${more.sent ?? false} then now() end, now() + interval '1 hour'
    from generate_series(1, ${MANY})`.execute(uncounted);

/** How many rows and entries of tasks all of this read, by an engine with one connection. */
async function readsOf(
  work: (engine: TestEngine) => Promise<unknown>,
  options: EngineOptions = {},
): Promise<number> {
  const db = createDatabase({ url: bench.url, application: 'jobs-test', poolSize: 1 });
  const before = await readSoFar();
  await work({ ...bench.engine(options), db });
  await sql`select pg_stat_force_next_flush()`.execute(db);
  await db.destroy();
  return (await readSoFar()) - before;
}

async function readSoFar(): Promise<number> {
  const { rows } = await sql<{ reads: number }>`
    select seq_tup_read + coalesce((select sum(idx_tup_read)::int8 from pg_stat_user_indexes as index
      where index.relid = tables.relid), 0) as reads
    from pg_stat_user_tables as tables where relname = 'tasks'`.execute(bench.db);
  return Number(rows[0]?.reads);
}

test('tasks are picked and marked without reading what else waits', async () => {
  const gate = await aGate(SOME);
  await flood('webhook', { gate });
  await flood('interactive');
  for (let n = 0; n < SOME; n += 1) {
    await sql`insert into tasks (id, org_id, kind, subject_id, lane, gate)
      values (${newId()}, ${bench.orgId}, 'call', ${newId()}, 'webhook', ${gate}),
        (${newId()}, ${bench.orgId}, 'call', ${newId()}, 'interactive', null)`.execute(bench.db);
  }
  const reads = await readsOf(async ({ db }) => {
    const fill = async (lane: 'webhook' | 'interactive', share?: number) => {
      const context = {
        db,
        queue: createTestQueue(),
        failpoint: () => undefined,
        unsent: new Set<string>(),
      };
      const waiting = await readWaiting(db, lane);
      const { sent } = await fillLane(context, lane, SOME, waiting, new VirtualTime(), { share });
      expect(sent).toBe(SOME);
    };
    await fill('webhook', SOME);
    await fill('interactive');
  });
  expect(reads).toBeLessThan(MANY);
});

test.each([{ leaseFirst: true }, { leaseFirst: false }])(
  'calls are leased and recorded without reading what else is under way (%o)',
  async (how) => {
    await flood('email', { sent: true });
    const ids = await Promise.all(
      Array.from({ length: SOME }, () => aCall(bench, { sent_at: new Date() })),
    );
    const reads = await readsOf(
      (engine) => Promise.all(ids.map((id) => runTask(engine, deliver(id), how))),
      { kinds: [createTestCall(undefined, { together: true })] },
    );
    expect(reads).toBeLessThan(MANY);
  },
);

test('small jobs are recorded without reading what else waits', async () => {
  const setUp = bench.engine({ ownsRows: false });
  const jobs = [];
  for (let n = 0; n < SOME; n += 1) jobs.push(await aJob(bench, setUp, 2));
  await flood('interactive');
  const ids = jobs.flatMap(({ tasks }) => tasks.map(({ id }) => id));
  const reads = await readsOf(
    async (engine) => {
      await Promise.all(ids.map((id) => runTask(engine, deliver(id))));
      expect(Math.max(...engine.kind.groups)).toBeGreaterThan(1);
    },
    { ownsRows: false },
  );
  expect(reads).toBeLessThan(MANY);
});

test('what is paused, goes on, or is canceled is found without reading what else waits', async () => {
  const { jobId, tasks } = await aJob(bench, bench.engine(), 2);
  const other = await aJob(bench, bench.engine(), 2);
  await flood('interactive', { jobId: other.jobId });
  const reads = await readsOf(async ({ db }) => {
    await sql`update jobs set paused_at = now() where id = ${jobId}`.execute(db);
    await sweep(db, createTestQueue());
    await sql`update jobs set paused_at = null where id = ${jobId}`.execute(db);
    await sweep(db, createTestQueue());
    await sql`update tasks set due_at = now() + interval '1 hour' where id = ${tasks[0]?.id}`.execute(
      db,
    );
    await sql`update jobs set cancel_requested_at = now() where id = ${jobId}`.execute(db);
    await sweep(db, createTestQueue());
    const { rows } = await sql<{ due: boolean }>`
      select due_at <= now() as due from tasks where id = ${tasks[0]?.id}`.execute(db);
    expect(rows).toEqual([{ due: true }]);
  });
  expect(reads).toBeLessThan(MANY);
});
