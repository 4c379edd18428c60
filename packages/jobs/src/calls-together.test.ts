import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { startCuttingProxy } from '../../../test/support/cutting-proxy.ts';
import { failGate } from './dispatch/gates.ts';
import { takeLease } from './lease.ts';
import { runTask } from './run-task.ts';
import { createTestCall, DONE, type TestCall } from './testing/test-call.ts';
import {
  aCall,
  aJob,
  deliver,
  effectsOf,
  expireLease,
  readTask,
  useBench,
  type TestEngine,
} from './testing/use-bench.ts';
import type { Call } from './kind.ts';

const bench = useBench();
const together = (call?: Call) => createTestCall(call, { together: true });
const run = (engine: TestEngine, ids: readonly string[]) =>
  Promise.all(ids.map((id) => runTask(engine, deliver(id), { leaseFirst: true })));
const calls = (count: number, more: { gate?: string } = {}) =>
  Promise.all(Array.from({ length: count }, () => aCall(bench, { ...more, sent_at: new Date() })));
const left = async (ids: readonly string[]) =>
  (await Promise.all(ids.map((id) => readTask(bench.db, id)))).flatMap((task) => task ?? []);

/** Each call counted under its task, and `onCall` first. */
function counted(onCall: (taskId: string) => Promise<unknown> = async () => undefined) {
  const made = new Map<string, number>();
  const kind: TestCall = together();
  kind.onPrepare =
    async ({ id }) =>
    async () => {
      made.set(id, (made.get(id) ?? 0) + 1);
      await onCall(id);
      return DONE;
    };
  return { kind, made };
}

test('calls that arrive together are leased, prepared and recorded together, each made once', async () => {
  const ids = await calls(40);
  const attempts: unknown[] = [];
  const { kind, made } = counted(async (id) =>
    attempts.push((await readTask(bench.db, id))?.attempts),
  );
  await run(bench.engine({ kinds: [kind] }), ids);
  expect([...made.values()]).toEqual(Array(40).fill(1));
  expect(attempts).toEqual(Array(40).fill(1));
  expect(kind.recorded).toHaveLength(40);
  expect(Math.max(...kind.groups.prepared)).toBeGreaterThan(1);
  expect(Math.max(...kind.groups.recorded)).toBeGreaterThan(1);
  expect(await left(ids)).toEqual([]);
});

test('processes that have the same messages make each call once', async () => {
  const ids = await calls(40);
  const { kind, made } = counted();
  const engines = [bench.engine({ kinds: [kind] }), bench.engine({ kinds: [kind] })] as const;
  await Promise.all([run(engines[0], ids), run(engines[1], ids.toReversed())]);
  expect([...made.values()]).toEqual(Array(40).fill(1));
  expect(kind.recorded).toHaveLength(40);
});

test('of calls recorded together, one under a lost lease is not, and the others are', async () => {
  const ids = await calls(12);
  const [lost] = ids as [string];
  const other = bench.engine();
  const stolen = Promise.withResolvers<void>();
  const waiting = Promise.withResolvers<void>();
  let others = 0;
  // They all end at the same moment, so that they are recorded together.
  const { kind } = counted(async (id) => {
    if (id !== lost) {
      others += 1;
      if (others === 11) waiting.resolve();
      return stolen.promise;
    }
    await waiting.promise;
    await expireLease(bench.db, id);
    await takeLease(other, id, { token: crypto.randomUUID(), countAttempt: true });
    stolen.resolve();
  });
  await run(bench.engine({ kinds: [kind] }), ids);
  expect(kind.groups.recorded).toEqual([11]);
  expect(await left(ids)).toMatchObject([{ id: lost, attempts: 2, deaths: 1 }]);
});

test('calls that cannot be recorded together are recorded one by one', async () => {
  const ids = await calls(12);
  const { kind, made } = counted();
  kind.recordAll = async () => {
    throw new Error('one of them stands in the way');
  };
  await run(bench.engine({ kinds: [kind] }), ids);
  expect([...made.values()]).toEqual(Array(12).fill(1));
  expect(kind.recorded).toHaveLength(12);
  expect(await left(ids)).toEqual([]);
});

test('calls that cannot be prepared together are prepared one by one, and who cannot waits alone', async () => {
  const ids = await calls(12);
  const [bad] = ids as [string];
  const { kind, made } = counted();
  const { onPrepare } = kind;
  kind.onPrepare = async (task) => {
    if (task.id === bad) throw new Error('no template');
    return onPrepare(task);
  };
  await run(bench.engine({ kinds: [kind] }), ids);
  expect(kind.groups.prepared.length).toBeGreaterThan(0);
  expect(made.size).toBe(11);
  expect(await left(ids)).toMatchObject([{ id: bad, deaths: 0, last_code: 'internal_error' }]);
});

test('a call that did not end well is tried again, whatever its companions came to', async () => {
  const ids = await calls(12);
  const [busy] = ids as [string];
  const kind = together();
  kind.onPrepare =
    async ({ id }) =>
    async () =>
      id === busy
        ? { kind: 'retryAt', delayMs: 60_000, code: '451', message: 'busy', ambiguous: false }
        : DONE;
  await run(bench.engine({ kinds: [kind] }), ids);
  expect(kind.groups.recorded.reduce((sum, size) => sum + size, 0)).toBe(11);
  expect(await left(ids)).toMatchObject([{ id: busy, last_code: '451', lease_token: null }]);
});

test.each(['before', 'after'] as const)(
  'a lost answer to the COMMIT of many calls (%s Postgres heard it) repeats none, and loses none',
  async (when) => {
    const proxy = await startCuttingProxy(bench.url);
    const ids = await calls(12);
    const { kind, made } = counted();
    const { recordAll } = kind;
    kind.recordAll = async (trx, all) => {
      if (proxy.cuts === 0) proxy.cutNextCommit(when);
      await recordAll?.(trx, all);
    };
    await run(bench.engine({ url: proxy.url, kinds: [kind] }), ids);
    expect(proxy.cuts).toBe(1);
    expect([...made.values()]).toEqual(Array(12).fill(1));
    expect(await left(ids)).toEqual([]);
    await proxy.close();
  },
);

test('leases whose answer was lost are taken again: no attempt, no death, no takeover', async () => {
  const ids = await calls(12);
  let lose = true;
  const engine = bench.engine({ kinds: [] });
  const losing = engine.db.withPlugin({
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      if (!lose) return result;
      lose = false;
      throw new Error('Connection terminated unexpectedly');
    },
  });
  const attempts: unknown[] = [];
  const { kind, made } = counted(async (id) => {
    const task = await readTask(bench.db, id);
    attempts.push([task?.attempts, task?.deaths]);
  });
  await run({ ...engine, db: losing, kinds: { call: kind } }, ids);
  expect(lose).toBe(false);
  expect([...made.values()]).toEqual(Array(12).fill(1));
  expect(attempts).toEqual(Array(12).fill([1, 0]));
  expect(kind.takeovers).toBe(0);
});

test('what was leased without a look is only what a look would have let through', async () => {
  const gate = 'webhook:shut';
  await sql`insert into gates (name, cap) values (${gate}, 8)`.execute(bench.db);
  const [behind] = (await calls(1, { gate })) as [string];
  await bench.db
    .transaction()
    .execute((trx) => failGate(trx, gate, behind, { retryAfterMs: 60_000 }));
  const [held] = (await calls(1)) as [string];
  await takeLease(bench.engine(), held, { token: crypto.randomUUID(), countAttempt: true });
  const [expired] = (await calls(1)) as [string];
  await takeLease(bench.engine(), expired, { token: crypto.randomUUID(), countAttempt: true });
  await expireLease(bench.db, expired);
  const { kind, made } = counted();
  const engine = bench.engine({ kinds: [kind] });
  const { jobId, tasks } = await aJob(bench, engine, 1);
  await sql`update tasks set sent_at = now() where job_id = ${jobId}`.execute(bench.db);

  await run(engine, [behind, held, expired, tasks[0]!.id]);

  expect([...made.keys()]).toEqual([expired]);
  expect(kind.takeovers).toBe(1);
  expect(await readTask(bench.db, behind)).toMatchObject({ sent_at: null, attempts: 0 });
  expect(await readTask(bench.db, held)).toMatchObject({ attempts: 1 });
  expect(await effectsOf(bench.db, jobId)).toHaveLength(1);
});

test('a task that was recalled since does not pass its gate before the one that was sent instead', async () => {
  const gate = 'webhook:one-at-a-time';
  await sql`insert into gates (name, cap) values (${gate}, 1)`.execute(bench.db);
  const recalled = await aCall(bench, { gate });
  const [instead] = (await calls(1, { gate })) as [string];
  const { kind, made } = counted();
  const engine = bench.engine({ kinds: [kind] });
  await run(engine, [recalled]);
  expect(made.size).toBe(0);
  expect(await readTask(bench.db, recalled)).toMatchObject({
    sent_at: null,
    lease_token: null,
    attempts: 0,
  });
  await run(engine, [instead]);
  expect([...made.keys()]).toEqual([instead]);
});

test('a lease is renewed until the result of its call is recorded', async () => {
  const [id] = (await calls(1)) as [string];
  const kind = createTestCall();
  const ends: Date[] = [];
  kind.record = async () => {
    ends.push((await readTask(bench.db, id))?.leased_until as Date);
    // As if Postgres were away: it is tried until the lease was renewed.
    if ((ends.at(-1) as Date) <= (ends[0] as Date))
      throw new Error('Connection terminated unexpectedly');
  };
  await run(bench.engine({ kinds: [kind] }), [id]);
  expect(ends.length).toBeGreaterThan(1);
  expect(kind.takeovers).toBe(0);
  expect(await left([id])).toEqual([]);
});
