import { newId } from '@usher/db';
import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { createTestQueue } from '../testing/test-queue.ts';
import { aCall, useBench } from '../testing/use-bench.ts';
import { VirtualTime } from './fair-pick.ts';
import { fillLane, readWaiting, type DispatchContext } from './fill-lane.ts';
import { failGate, openGate, returnProbe, shutGates } from './gates.ts';
import { sweep } from './sweep.ts';

const bench = useBench();
let gate: string;
beforeEach(async () => {
  gate = `gate-${newId()}`;
  await sql`delete from tasks`.execute(bench.db);
  await sql`insert into gates (name, cap) values (${gate}, 4)`.execute(bench.db);
});

const dispatcher = (): DispatchContext => ({
  db: bench.engine().db,
  queue: createTestQueue(),
  failpoint: () => undefined,
  unsent: new Set(),
});

const namesOfShut = async () =>
  (await sql<{ name: string }>`${shutGates}`.execute(bench.db)).rows.map((row) => row.name);

async function fill(context = dispatcher()): Promise<number> {
  const waiting = (await readWaiting(bench.db, 'email')).filter((each) => each.due);
  return (await fillLane(context, 'email', 100, waiting, new VirtualTime())).sent;
}

const calls = (count: number, of = gate) =>
  Promise.all(Array.from({ length: count }, () => aCall(bench, { gate: of })));

const inTransaction = (work: Parameters<ReturnType<typeof bench.db.transaction>['execute']>[0]) =>
  bench.db.transaction().execute(work);
/** A call failed: the probe's, where one is under way. */
const fail = (retryAfterMs?: number) =>
  inTransaction(async (trx) => {
    const { rows } = await sql<{ probe: string | null }>`
      select probe_task_id as probe from gates where name = ${gate}`.execute(trx);
    await failGate(trx, gate, rows[0]?.probe ?? newId(), { retryAfterMs });
  });
const failTimes = async (times: number) => {
  for (let n = 0; n < times; n += 1) await fail();
};

/** As if so much time had passed. */
const pass = (seconds: number) =>
  sql`update gates set closed_until = closed_until - make_interval(secs => ${seconds}),
    probe_until = probe_until - make_interval(secs => ${seconds})
    where name = ${gate}`.execute(bench.db);

async function closedFor(): Promise<number | null> {
  const { rows } = await sql<{ seconds: number | null }>`
    select extract(epoch from closed_until - now())::float8 as seconds
    from gates where name = ${gate}`.execute(bench.db);
  return rows[0]!.seconds;
}

async function sentThrough(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from tasks where gate = ${gate} and sent_at is not null`.execute(
    bench.db,
  );
  return rows[0]!.count;
}

test('a gate’s cap holds under two dispatchers at once', async () => {
  await calls(40);
  const dispatchers = [dispatcher(), dispatcher(), dispatcher()];
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(dispatchers.map((each) => fill(each)));
    expect(await sentThrough()).toBe(4);
    await sql`delete from tasks where gate = ${gate} and sent_at is not null`.execute(bench.db);
  }
});

test('what has no gate passes a full one, and what is full counts as shut', async () => {
  await calls(6);
  await aCall(bench);
  expect(await fill()).toBe(5);
  expect(await namesOfShut()).toContain(gate);
});

test('who has only tasks behind a shut gate takes no other organization’s turn', async () => {
  await fail(60_000);
  for (let n = 0; n < 5; n += 1) {
    const orgId = newId();
    await sql`insert into organizations (id, name) values (${orgId}, 'Blocked')`.execute(bench.db);
    const [id] = await calls(1);
    await sql`update tasks set org_id = ${orgId} where id = ${id}`.execute(bench.db);
  }
  const open = await aCall(bench);
  const context = dispatcher();
  const waiting = (await readWaiting(bench.db, 'email')).toSorted((a) =>
    a.orgId === bench.orgId ? 1 : -1,
  );
  expect(await fillLane(context, 'email', 2, waiting, new VirtualTime())).toMatchObject({
    sent: 1,
  });
  expect((context.queue as ReturnType<typeof createTestQueue>).sent).toEqual([
    { lane: 'email', taskId: open },
  ]);
});

test('five failures in a row close a gate; an answer in between starts the count anew', async () => {
  await failTimes(4);
  await inTransaction((trx) => openGate(trx, gate));
  await failTimes(4);
  expect(await namesOfShut()).not.toContain(gate);
  await fail();
  expect(await namesOfShut()).toContain(gate);
  expect(await closedFor()).toBeCloseTo(5, -1);
  await calls(3);
  expect(await fill()).toBe(0);
});

test('Retry-After closes a gate at once, until the time named; no other failure shortens it', async () => {
  await fail(120_000);
  expect(await closedFor()).toBeCloseTo(120, -1);
  await failTimes(6);
  await fail(1_000);
  expect(await closedFor()).toBeGreaterThan(115);
});

test('probes that fail double the time, up to 60 s, for however long', async () => {
  await failTimes(5);
  const times: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    await pass(100);
    await fail();
    times.push(Math.round((await closedFor()) ?? 0));
  }
  expect(times).toEqual([10, 20, 40, 60, 60]);

  await sql`update gates set failures = 100000 where name = ${gate}`.execute(bench.db);
  await pass(100);
  await fail();
  expect(await closedFor()).toBeCloseTo(60, -1);
});

test('calls that were under way when a gate closed do not close it for longer', async () => {
  await failTimes(20);
  expect(await closedFor()).toBeCloseTo(5, -1);
});

test('after its time a gate admits exactly one probe, whoever asks', async () => {
  await failTimes(5);
  await pass(10);
  await calls(20);
  await Promise.all([fill(), fill(), fill()]);
  expect(await sentThrough()).toBe(1);
  expect(await fill()).toBe(0);
});

test('a probe that is answered opens the gate for all', async () => {
  await failTimes(5);
  await pass(10);
  await calls(20);
  await fill();
  await inTransaction((trx) => openGate(trx, gate));
  await fill();
  expect(await sentThrough()).toBe(4);
});

test('a probe that made no call gives its turn back', async () => {
  await failTimes(5);
  await pass(10);
  const ids = await calls(2);
  await fill();
  const { rows } = await sql<{ id: string }>`
    select id from tasks where sent_at is not null`.execute(bench.db);
  await inTransaction((trx) => returnProbe(trx, rows[0]!.id));
  await fill();
  expect(await sentThrough()).toBe(2);
  expect(ids).toHaveLength(2);
});

test('the turn of a probe of which nothing is heard passes to the next', async () => {
  await failTimes(5);
  await pass(10);
  await calls(3);
  expect(await fill()).toBe(1);
  expect(await fill()).toBe(0);
  await pass(31);
  expect(await fill()).toBe(1);
});

test('the probe of a worker that died is another’s as soon as its lease has run out', async () => {
  const queue = createTestQueue();
  await sweep(bench.db, queue);
  await failTimes(5);
  await pass(10);
  await calls(2);
  expect(await fill()).toBe(1);
  expect(await fill()).toBe(0);
  await sql`update tasks set sent_at = now() - interval '11 s', lease_token = gen_random_uuid(),
    leased_until = now() - interval '1 s'
    where sent_at is not null`.execute(bench.db);
  await sweep(bench.db, queue);
  expect(await fill()).toBe(1);
});
