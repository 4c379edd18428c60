import { runTask } from '@usher/jobs';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { anEndpoint } from '../testing/an-endpoint.ts';
import { useKinds } from '../testing/use-kinds.ts';

const use = useKinds();

/** All that wait for this endpoint, as messages that arrive at once and were sent before. */
async function runAll(endpoint: Awaited<ReturnType<typeof anEndpoint>>): Promise<void> {
  const tasks = await endpoint.tasks();
  await sql`update tasks set sent_at = now() where org_id = ${endpoint.orgId}`.execute(use.db);
  await Promise.all(
    tasks.map(({ id }) =>
      runTask(endpoint.engine, { taskId: id, redelivered: false }, { leaseFirst: true }),
    ),
  );
}

test('deliveries made together have a sequence without gaps, one attempt each in the log, and no task left', async () => {
  const endpoint = await anEndpoint(use);
  await endpoint.publish(30);
  await runAll(endpoint);
  const deliveries = await endpoint.deliveries();
  expect(deliveries.map(({ state, attempts }) => [state, attempts])).toEqual(
    Array(30).fill(['delivered', 1]),
  );
  const sequences = deliveries.map(({ sequence }) => sequence as number);
  expect(sequences.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
  expect(await endpoint.log()).toHaveLength(30);
  expect(await endpoint.tasks()).toEqual([]);
  const bodies = new Map(endpoint.sent.map(({ eventId, body }) => [eventId, JSON.parse(body)]));
  for (const { event_id: eventId, sequence } of deliveries) {
    expect(bodies.get(eventId)).toMatchObject({ data: { sequence } });
  }
});

test('deliveries made together for an endpoint that is disabled call nobody and take no number', async () => {
  const endpoint = await anEndpoint(use);
  await endpoint.publish(10);
  await sql`update webhook_endpoints set disabled_at = now(), disabled_reason = 'by a test'
    where id = ${endpoint.id}`.execute(use.db);
  await runAll(endpoint);
  expect(endpoint.sent).toEqual([]);
  expect((await endpoint.deliveries()).map(({ state, sequence }) => [state, sequence])).toEqual(
    Array(10).fill(['disabled', null]),
  );
  expect(await endpoint.row()).toMatchObject({ last_sequence: 0 });
});

test('what was found disabled goes out when its endpoint was enabled before that was recorded', async () => {
  const endpoint = await anEndpoint(use);
  await endpoint.publish(3);
  const turn = (off: boolean) =>
    sql`update webhook_endpoints set disabled_at = case when ${off} then now() end,
      disabled_reason = case when ${off} then 'by a test' end where id = ${endpoint.id}`.execute(
      use.db,
    );
  const [task] = await endpoint.tasks();
  const kind = endpoint.engine.kinds.webhook;
  if (!task || kind?.effect !== 'outside') throw new Error('no delivery');
  await turn(true);
  const verdict = await kind.prepare(use.db, task);
  await turn(false);
  if (typeof verdict === 'function' || verdict.kind === 'notYet') throw new Error('it would call');
  await use.db.transaction().execute(async (trx) => {
    await trx.deleteFrom('tasks').where('id', '=', task.id).execute();
    await kind.record(trx, task, verdict);
  });
  await runAll(endpoint);
  expect((await endpoint.deliveries()).map(({ state }) => state)).toEqual(
    Array(3).fill('delivered'),
  );
});

test('an endpoint that was changed during calls made together is open, whatever its old address asked for', async () => {
  const change = async () => {
    await sql`update webhook_endpoints set url = 'https://new.example.com/', failing_since = now()
      where id = ${endpoint.id}`.execute(use.db);
    await sql`update gates set failures = 3, closed_until = now() + interval '1 day' where name = ${`webhook:${endpoint.id}`}`.execute(
      use.db,
    );
    return {};
  };
  const endpoint = await anEndpoint(use, [change]);
  await endpoint.publish(10);
  await runAll(endpoint);
  expect((await endpoint.deliveries()).map(({ state }) => state)).toEqual(
    Array(10).fill('delivered'),
  );
  // What the address before it answered says nothing of the new one.
  expect((await endpoint.row()).failing_since).not.toBeNull();
  expect(await endpoint.gate()).toMatchObject({ failures: 0, closedMs: null });
});
