import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { ensureGate } from './dispatch/gates.ts';
import { acknowledgeJob, fenceJob } from './fence-job.ts';
import type { Verdict } from './kind.ts';
import { runTask } from './run-task.ts';
import { submitJob, type Submission } from './submit-job.ts';
import { DONE } from './testing/test-call.ts';
import { createTestOutsideJob, type TestOutsideJob } from './testing/test-outside-job.ts';
import { newId } from '@usher/db';
import { deliver, outcomesOf, readJobRow, tasksOf, useBench } from './testing/use-bench.ts';

const bench = useBench();
const GATE = 'outside';
beforeEach(async () => {
  await sql`delete from gates where name = ${GATE}`.execute(bench.db);
  await ensureGate(bench.db, GATE, 2);
});

const later: Verdict = {
  kind: 'retryAt',
  delayMs: 60_000,
  code: 'upstream_unavailable',
  message: 'busy',
  ambiguous: false,
  unserved: {},
};
const gate = () =>
  bench.db.selectFrom('gates').selectAll().where('name', '=', GATE).executeTakeFirstOrThrow();

async function aJob(kind: TestOutsideJob, count = 1, more: Partial<Submission> = {}) {
  const engine = bench.engine({ kinds: [kind] });
  const targetIds = Array.from({ length: count }, newId);
  const { jobId } = await submitJob(engine, {
    orgId: bench.orgId,
    apiKeyId: null,
    kind,
    input: {},
    targetIds,
    ...more,
  });
  const tasks = await tasksOf(bench.db, jobId);
  const run = async () => {
    for (const { id } of await tasksOf(bench.db, jobId)) await runTask(engine, deliver(id));
  };
  return { engine, jobId, targetIds, tasks, run };
}

test('each target is a task of its own behind the gate, and has its own outcome', async () => {
  const refused: Verdict = {
    kind: 'giveUp',
    code: 'upstream_rejected',
    message: 'no',
    ambiguous: false,
  };
  let calls = 0;
  const kind = createTestOutsideJob(async () => (++calls === 2 ? refused : DONE), true);
  const { jobId, tasks, run } = await aJob(kind, 3);
  expect(tasks.map(({ lane, gate: name, positions }) => [lane, name, positions])).toEqual(
    [0, 1, 2].map((position) => ['billing', GATE, [position]]),
  );
  await run();
  await run();
  expect(calls).toBe(3);
  expect(await outcomesOf(bench.db, jobId)).toMatchObject([
    { code: 'provisioned', attempts: 1 },
    { code: 'upstream_rejected', attempts: 1 },
    { code: 'provisioned', attempts: 1 },
  ]);
  expect(await readJobRow(bench.db, jobId)).toMatchObject({
    succeeded: 2,
    failed: 1,
    remaining: 0,
  });
  expect(kind.followed).toBe(1);
});

test('a job fenced before its call is never called for, and its target failed', async () => {
  const kind = createTestOutsideJob(async () => expect.unreachable());
  const { jobId, run } = await aJob(kind, 1, { fenceable: true });
  expect(await fenceJob(bench.db, jobId)).toBe('fenced');
  expect(await fenceJob(bench.db, jobId)).toBe('fenced');
  await run();
  expect(await outcomesOf(bench.db, jobId)).toMatchObject([
    { status: 'failed', code: 'upstream_unavailable' },
  ]);
  expect(kind.concluded).toEqual([]);
});

test('a job fenced during its call concludes nothing, and keeps what is known outside', async () => {
  const fence = { of: '' };
  const kind = createTestOutsideJob(async () => {
    expect(await fenceJob(bench.db, fence.of)).toBe('fenced');
    return DONE;
  });
  const { jobId, run } = await aJob(kind, 1, { fenceable: true });
  fence.of = jobId;
  await run();
  expect(await outcomesOf(bench.db, jobId)).toMatchObject([
    { status: 'failed', code: 'upstream_unavailable' },
  ]);
  // Once in the transaction that met the fence, and once in the one that counts.
  expect(kind.recorded.at(-1)).toEqual(DONE);
  expect(await readJobRow(bench.db, jobId)).toMatchObject({ failed: 1, remaining: 0 });
});

test('whichever is first holds: a fence, a 202, or the end', async () => {
  const kind = createTestOutsideJob();
  const promised = await aJob(kind, 1, { fenceable: true });
  expect(await acknowledgeJob(bench.db, promised.jobId)).toBe(true);
  expect(await fenceJob(bench.db, promised.jobId)).toBe('acknowledged');
  await promised.run();
  expect(await readJobRow(bench.db, promised.jobId)).toMatchObject({ succeeded: 1 });

  const fenced = await aJob(kind, 1, { fenceable: true });
  expect(await fenceJob(bench.db, fenced.jobId)).toBe('fenced');
  expect(await acknowledgeJob(bench.db, fenced.jobId)).toBe(false);

  const ended = await aJob(kind, 1, { fenceable: true });
  await ended.run();
  expect(await fenceJob(bench.db, ended.jobId)).toBe('finished');
  expect(await acknowledgeJob(bench.db, ended.jobId)).toBe(true);
});

test('a fence and a recording at the same moment agree on one of them', async () => {
  const kind = createTestOutsideJob();
  const all = await Promise.all(
    Array.from({ length: 20 }, () => aJob(kind, 1, { fenceable: true })),
  );
  const fates = await Promise.all(
    all.map(async ({ jobId, run }) => (await Promise.all([fenceJob(bench.db, jobId), run()]))[0]),
  );
  for (const [at, { jobId, run }] of all.entries()) {
    await run();
    const { succeeded } = await readJobRow(bench.db, jobId);
    expect(succeeded).toBe(fates[at] === 'fenced' ? 0 : 1);
  }
});

test('somebody else being at it counts no attempt and closes no gate', async () => {
  const kind = createTestOutsideJob();
  kind.onPrepare = async () => ({ kind: 'notYet', delayMs: 60_000 });
  const { jobId, run } = await aJob(kind);
  await run();
  expect(await tasksOf(bench.db, jobId)).toMatchObject([
    { attempts: 0, sent_at: null, lease_token: null, deaths: 0 },
  ]);
  expect((await tasksOf(bench.db, jobId))[0]!.due_at.getTime()).toBeGreaterThan(
    Date.now() + 50_000,
  );
  expect(await gate()).toMatchObject({ failures: 0, closed_until: null });
});

test('five failures in a row close the gate, an answer opens it, Retry-After closes it at once', async () => {
  const answers: Verdict[] = Array.from({ length: 5 }, () => later);
  const kind = createTestOutsideJob(async () => answers.shift() ?? DONE);
  const { run } = await aJob(kind, 4);
  await run();
  expect(await gate()).toMatchObject({ failures: 4, closed_until: null });
  const fifth = await aJob(kind);
  await fifth.run();
  expect(await gate()).toMatchObject({ failures: 5, closed_until: expect.any(Date) });

  // What was sent before it closed is not called for any more, and counts no attempt.
  const late = await aJob(kind);
  await late.run();
  expect(kind.concluded).toEqual([]);
  expect(await tasksOf(bench.db, late.jobId)).toMatchObject([{ attempts: 0, sent_at: null }]);

  // Once its time is over, the probe's answer opens it.
  await sql`update gates set closed_until = now(), probe_until = now() + interval '30 s',
    probe_task_id = ${late.tasks[0]!.id} where name = ${GATE}`.execute(bench.db);
  await late.run();
  expect(kind.concluded).toHaveLength(1);
  expect(await gate()).toMatchObject({ failures: 0, closed_until: null });

  answers.push({ ...later, unserved: { retryAfterMs: 30_000 } });
  await (await aJob(kind)).run();
  const { closed_until } = await gate();
  expect(closed_until!.getTime()).toBeGreaterThan(Date.now() + 20_000);
});

test('a paused job’s targets are handed back uncalled, a canceled one’s are recorded as canceled', async () => {
  const kind = createTestOutsideJob(async () => expect.unreachable());
  const paused = await aJob(kind);
  await sql`update jobs set paused_at = now() where id = ${paused.jobId}`.execute(bench.db);
  await paused.run();
  expect(await tasksOf(bench.db, paused.jobId)).toMatchObject([{ held: true, attempts: 0 }]);
  const canceled = await aJob(kind);
  await sql`update jobs set cancel_requested_at = now() where id = ${canceled.jobId}`.execute(
    bench.db,
  );
  await canceled.run();
  expect(await outcomesOf(bench.db, canceled.jobId)).toMatchObject([{ code: 'canceled' }]);
});

test('a job that need not call waits for no gate', async () => {
  const { tasks } = await aJob(createTestOutsideJob(), 1, { pastGates: true });
  expect(tasks).toMatchObject([{ gate: null, lane: 'billing' }]);
});

test('a call that was under way does not undo a Retry-After that came meanwhile', async () => {
  const slow = createTestOutsideJob(async () => {
    await (await aJob(createTestOutsideJob(async () => asked))).run();
    return DONE;
  });
  const asked: Verdict = { ...later, unserved: { retryAfterMs: 30_000 } };
  await (await aJob(slow)).run();
  const { closed_until } = await gate();
  expect(closed_until!.getTime()).toBeGreaterThan(Date.now() + 20_000);
});

test('one more message than the gate has places calls nobody: it waits its turn', async () => {
  let inFlight = 0;
  let most = 0;
  const kind = createTestOutsideJob(async () => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    await sql`select pg_sleep(0.05)`.execute(bench.db);
    inFlight -= 1;
    return DONE;
  });
  const all = await Promise.all(Array.from({ length: 6 }, () => aJob(kind)));
  // As if every one of them had been sent, whatever the cap of two.
  await Promise.all(all.map(({ run }) => run()));
  expect(most).toBe(2);
  expect(kind.concluded.length).toBeLessThan(6);
});

test('a probe that is fenced, canceled or paused gives its turn back', async () => {
  const kind = createTestOutsideJob(async () => expect.unreachable());
  for (const flag of ['fenced_at', 'cancel_requested_at', 'paused_at']) {
    const { jobId, tasks, run } = await aJob(kind, 1, { fenceable: true });
    await sql`update jobs set ${sql.ref(flag)} = now() where id = ${jobId}`.execute(bench.db);
    await sql`update gates set closed_until = now(), probe_until = now() + interval '30 s',
      probe_task_id = ${tasks[0]!.id} where name = ${GATE}`.execute(bench.db);
    await run();
    expect(await gate()).toMatchObject({ probe_task_id: null, probe_until: null });
  }
});

test('what somebody waits for goes before what the same organization has waiting', async () => {
  const kind = createTestOutsideJob();
  const many = await aJob(kind, 3);
  const one = await aJob(kind, 1, { fenceable: true });
  expect(one.tasks[0]!.due_at.getTime()).toBeLessThan(many.tasks[0]!.due_at.getTime());
});
