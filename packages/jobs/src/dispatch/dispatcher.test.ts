import type { Lane } from '@usher/queue';
import { createLogger } from '@usher/telemetry';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { startCuttingProxy } from '../../../../test/support/cutting-proxy.ts';
import { createTestQueue, type TestQueue } from '../testing/test-queue.ts';
import { aCall, aJob, anOrganization, readTask, useBench } from '../testing/use-bench.ts';
import { startDispatcher, type Dispatcher } from './dispatcher.ts';
import { competeForLeadership } from './leadership.ts';
import type { Window } from './run-lane.ts';

const bench = useBench();
const running: Dispatcher[] = [];
let queue: TestQueue;
beforeEach(async () => {
  queue = createTestQueue();
  await sql`delete from tasks`.execute(bench.db);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.close()));
});

function start(
  windows: Partial<Record<Lane, Window>> = {
    interactive: { messages: 32 },
    bulk: { messages: 16 },
    email: { messages: 32 },
  },
  db = bench.db,
): Dispatcher {
  const dispatcher = startDispatcher({
    db,
    queue,
    failpoint: () => undefined,
    windows,
    databaseUrl: bench.url,
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  running.push(dispatcher);
  return dispatcher;
}

test('what is submitted is sent, in its lane, as soon as the dispatcher is told', async () => {
  const dispatcher = start();
  await waitFor('leadership', () => dispatcher.leading());
  const { tasks } = await aJob(bench, bench.engine(), 2);
  await waitFor('the message', () => queue.sent.length > 0);
  expect(queue.sent).toEqual([{ lane: 'interactive', taskId: tasks[0]!.id }]);
});

test('a lane’s window is never overfilled, and the next are sent as tasks finish', async () => {
  await Promise.all(Array.from({ length: 9 }, () => aCall(bench)));
  const dispatcher = start({
    interactive: { messages: 1 },
    bulk: { messages: 1 },
    email: { messages: 4 },
  });
  await waitFor('the window', () => queue.sent.length === 4);
  await sql`delete from tasks where sent_at is not null`.execute(bench.db);
  await waitFor('the next window', () => queue.sent.length === 8);
  expect(dispatcher.leading()).toBe(true);
  expect(new Set(queue.sent.map((each) => each.taskId)).size).toBe(8);
});

test('a task is sent when it falls due, and not before, by Postgres’ clock', async () => {
  const id = await aCall(bench);
  await sql`update tasks set due_at = now() + interval '1.2 s' where id = ${id}`.execute(bench.db);
  start();
  await waitFor('the message', () => queue.sent.length > 0);
  const { rows } = await sql<{ early: boolean }>`
    select sent_at < due_at as early from tasks where id = ${id}`.execute(bench.db);
  expect(rows).toEqual([{ early: false }]);
});

test('what a dispatcher marked just before it died is sent by the next one at once, as a suspect', async () => {
  const [last, earlier] = [await aCall(bench), await aCall(bench)];
  const sentAgo = (id: string, ago: string) =>
    sql`update tasks set sent_at = now() - ${ago}::interval where id = ${id}`.execute(bench.db);
  await sentAgo(last, '2 s');
  // Its message was handed over long ago: whoever has it is given its time.
  await sentAgo(earlier, '13 s');
  start();
  await waitFor('the message', () => queue.sent.length > 0);
  expect(queue.sent.map((each) => each.taskId)).toEqual([last]);
  expect(await readTask(bench.db, last)).toMatchObject({ suspect: true });
});

test('a flood of one organization does not keep another waiting', async () => {
  for (let n = 0; n < 40; n += 1) await aCall(bench);
  const small = { ...bench, orgId: await anOrganization(bench.db) };
  const late = await aCall(small);
  start({ interactive: { messages: 1 }, bulk: { messages: 1 }, email: { messages: 2 } });
  await waitFor('the small one', () => queue.sent.some((each) => each.taskId === late));
  expect(queue.sent.length).toBeLessThanOrEqual(2);
});

test.each(['before', 'after'] as const)(
  'a connection cut %s the commit that marks a task keeps it from nobody for long',
  async (when) => {
    const proxy = await startCuttingProxy(bench.url);
    try {
      const id = await aCall(bench);
      // Behind a gate it is marked in a transaction; elsewhere in one statement.
      await sql`update tasks set gate = 'database' where id = ${id}`.execute(bench.db);
      proxy.cutNextCommit(when);
      const dispatcher = start(undefined, bench.engine({ url: proxy.url }).db);
      // Far less than the 20 s of silence after which the sweep would send it again.
      const sent = () => queue.sent.some((each) => each.taskId === id);
      await waitFor('the message', sent, 10_000);
      expect(proxy.cuts).toBe(1);
      await dispatcher.close();
    } finally {
      await proxy.close();
    }
  },
);

test('a queue that refuses for a while loses nothing', async () => {
  queue.refuses = true;
  const id = await aCall(bench);
  const dispatcher = start();
  await waitFor('leadership', () => dispatcher.leading());
  await waitFor('a refusal', async () => (await readTask(bench.db, id))?.sent_at === null);
  queue.refuses = false;
  await waitFor('the message', () => queue.sent.some((each) => each.taskId === id));
});

test('one of many leads, and leadership passes when its connection is killed', async () => {
  const [one, other] = [start(), start()];
  await waitFor('a leader', () => one.leading() || other.leading());
  expect(one.leading() && other.leading()).toBe(false);

  const { rows } = await sql<{ ended: boolean }>`
    select pg_terminate_backend(pid) as ended from pg_locks
    where locktype = 'advisory' and granted
      and database = (select oid from pg_database where datname = current_database())`.execute(
    bench.db,
  );
  expect(rows).toEqual([{ ended: true }]);
  const id = await aCall(bench);
  await waitFor('a leader that sends', () => queue.sent.some((each) => each.taskId === id));
  // The one that was killed may learn of it last.
  await waitFor('a single leader', () => one.leading() !== other.leading());
});

test('who closes while it is still connecting never leads, and keeps nobody from leading', async () => {
  const changes: Record<string, boolean[]> = { closed: [], next: [] };
  const compete = (name: string) =>
    competeForLeadership({
      url: bench.url,
      onChange: (leading) => changes[name]!.push(leading),
      onError: (error) => {
        throw error;
      },
    });
  await compete('closed').close();
  const next = compete('next');
  await waitFor('the next to lead', () => changes.next!.length > 0);
  expect(changes).toEqual({ closed: [], next: [true] });
  await next.close();
});
