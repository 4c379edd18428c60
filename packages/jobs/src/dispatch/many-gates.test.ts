import { newId } from '@usher/db';
import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { takeLease } from '../lease.ts';
import { handBack, reschedule } from '../return-task.ts';
import { createTestQueue } from '../testing/test-queue.ts';
import { anOrganization, expireLease, readTask, useBench } from '../testing/use-bench.ts';
import { VirtualTime } from './fair-pick.ts';
import { fillLane, readWaiting, type DispatchContext } from './fill-lane.ts';
import { sweep } from './sweep.ts';

const LANE = 'webhook';
const bench = useBench();
beforeEach(async () => {
  await sql`delete from tasks`.execute(bench.db);
});

async function aGate(cap = 8): Promise<string> {
  const name = `webhook:${newId()}`;
  await sql`insert into gates (name, cap) values (${name}, ${cap})`.execute(bench.db);
  return name;
}

/** So many tasks at a gate, due one after the other, the first of them `age` seconds ago. */
async function waitAt(
  gate: string,
  count: number,
  { orgId = bench.orgId, age = 60 } = {},
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId());
  await sql`
    insert into tasks (id, org_id, kind, subject_id, lane, gate, due_at)
    select id, ${orgId}, 'call', gen_random_uuid(), ${LANE}, ${gate},
      now() - make_interval(secs => ${age}) + place * interval '1 microsecond'
    from unnest(${ids}::uuid[]) with ordinality as task (id, place)`.execute(bench.db);
  return ids;
}

async function fill(share = 64, free = 256): Promise<string[]> {
  const sent: string[] = [];
  const queue = createTestQueue();
  const context: DispatchContext = {
    db: bench.db,
    queue: {
      ...queue,
      send: async (_, ids) => void sent.push(...ids),
    },
    failpoint: () => undefined,
    unsent: new Set(),
  };
  const waiting = (await readWaiting(bench.db, LANE)).filter((each) => each.due);
  await fillLane(context, LANE, free, waiting, new VirtualTime(), { share });
  return sent;
}

const close = (gate: string, seconds: number) =>
  sql`update gates set closed_until = now() + make_interval(secs => ${seconds})
    where name = ${gate}`.execute(bench.db);

test('each gate admits its cap, the first due first, however much waits at the others', async () => {
  const [flooded, other] = [await aGate(8), await aGate(8)];
  const flood = await waitAt(flooded, 5_000, { age: 600 });
  const late = await waitAt(other, 3, { age: 1 });
  expect(await fill()).toEqual([...flood.slice(0, 8), ...late]);
  expect(await fill()).toEqual([]);
});

test('what waits at a shut gate takes nobody’s place', async () => {
  const [shut, open] = [await aGate(), await aGate()];
  await waitAt(shut, 20_000, { age: 600 });
  const served = await waitAt(open, 2, { age: 1 });
  await close(shut, 60);
  expect(await fill(64, 4)).toEqual(served);
});

test('a gate that may open again is probed by one: the one that is due first', async () => {
  const gate = await aGate();
  const [first] = await waitAt(gate, 10);
  await close(gate, -1);
  expect(await fill()).toEqual([first]);
  expect(await fill()).toEqual([]);
});

test('one organization never has more than its share, whatever its gates admit; others have theirs', async () => {
  const other = await anOrganization(bench.db);
  for (let n = 0; n < 20; n += 1) await waitAt(await aGate(), 8, { age: 600 - n });
  const theirs = await waitAt(await aGate(), 5, { orgId: other, age: 1 });
  const sent = await fill(16);
  expect(sent.filter((id) => theirs.includes(id))).toEqual(theirs);
  expect(sent).toHaveLength(16 + theirs.length);
  expect(await fill(16)).toEqual([]);
});

test('a gate of one at a time sends the next only when the one before it is gone', async () => {
  const gate = await aGate(1);
  const [first, second] = await waitAt(gate, 3);
  expect(await fill()).toEqual([first]);
  expect(await fill()).toEqual([]);
  await sql`delete from tasks where id = ${first}`.execute(bench.db);
  expect(await fill()).toEqual([second]);
});

const wiped = () => {
  const queue = createTestQueue();
  queue.wipe();
  return queue;
};

test.each([
  {
    what: 'was handed back',
    spoil: async (id: string) => {
      const task = (await readTask(bench.db, id))!;
      await handBack(bench.db, task, { held: false, attempts: 0 });
    },
  },
  {
    what: 'failed and keeps its place',
    spoil: async (id: string) => {
      const task = (await readTask(bench.db, id))!;
      const next = { attempts: 1, delayMs: 1_000, code: 'refused', message: '', keepsPlace: true };
      await bench.db.transaction().execute((trx) => reschedule(trx, task, next));
    },
  },
  {
    what: 'lost its worker',
    spoil: async (id: string) => {
      await sql`update tasks set sent_at = now() - interval '9 s' where id = ${id}`.execute(
        bench.db,
      );
      await expireLease(bench.db, id);
      await sweep(bench.db, createTestQueue());
    },
  },
  {
    what: 'lost its worker and its message',
    spoil: async (id: string) => {
      await expireLease(bench.db, id);
      await sweep(bench.db, wiped());
    },
  },
])(
  'at a gate of one, what was begun and $what comes before what was committed late with an earlier time',
  async ({ spoil }) => {
    const gate = await aGate(1);
    const begun = await waitAt(gate, 1, { age: 10 });
    expect(await fill()).toEqual(begun);
    const [id] = begun as [string];
    await takeLease(bench.engine(), id, { token: crypto.randomUUID(), countAttempt: true });
    await waitAt(gate, 1, { age: 600 });
    await spoil(id);
    expect(await fill()).toEqual(begun);
  },
);
