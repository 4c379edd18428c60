import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { changeEndpoint } from './change-endpoint.ts';
import { requireDeliveryDetails } from './find-deliveries.ts';
import { endpointGate } from './gates.ts';
import { NO_KEY } from './audit.ts';
import { replayAll } from './replay-batch.ts';
import { recoverEndpoint, replayEvent, replayRange } from './replay-deliveries.ts';
import { replayDelivery } from './replay-delivery.ts';
import {
  ageBy,
  anEndpoint,
  anEvent,
  anOrganization,
  deliveriesOf,
  end,
  tasksOf,
  useDatabase,
} from './testing/use-events.ts';

const use = useDatabase();

const replay = (orgId: string, id: string) =>
  use.db.transaction().execute((trx) => replayDelivery(trx, orgId, id));
const enabled = (orgId: string, id: string, value: boolean) =>
  use.db.transaction().execute((trx) => changeEndpoint(trx, orgId, id, { enabled: value }));

/** An endpoint with as many deliveries, each ended as it says, the oldest first. */
async function ended(states: ReadonlyArray<'delivered' | 'exhausted' | 'disabled'>) {
  const orgId = await anOrganization(use.db);
  const endpoint = await anEndpoint(use.db, orgId);
  for (const _ of states) await anEvent(use.db, orgId);
  const deliveries = await deliveriesOf(use.db, orgId);
  for (const [index, { id }] of deliveries.entries()) await end(use.db, id, states[index]!);
  return { orgId, endpoint, deliveries };
}

const statesOf = async (orgId: string) =>
  (await deliveriesOf(use.db, orgId)).map(({ state }) => state);

test('what has ended goes out again with the sequence and the body that it had', async () => {
  for (const state of ['delivered', 'exhausted', 'disabled'] as const) {
    const { orgId, endpoint, deliveries } = await ended([state]);
    const { id } = deliveries[0]!;
    await sql`update deliveries set sequence = 7 where id = ${id}`.execute(use.db);
    const before = await requireDeliveryDetails(use.db, orgId, id);
    const replayed = await replay(orgId, id);
    expect(replayed).toMatchObject({ id, state: 'pending', ended_at: null, attempts: 3 });
    expect(replayed).toMatchObject({ sequence: 7, event_id: before.event_id });
    expect(replayed.next_attempt_at).not.toBeNull();
    expect((await requireDeliveryDetails(use.db, orgId, id)).body).toBe(before.body);
    const gate = endpointGate(endpoint.id);
    const task = { kind: 'webhook', lane: 'webhook', gate, subject_id: id, attempts: 0 };
    expect(await tasksOf(use.db, orgId)).toMatchObject([task]);
  }
});

test('a replay at once with others makes one task', async () => {
  const { orgId, deliveries } = await ended(['exhausted']);
  const { id } = deliveries[0]!;
  const answers = await Promise.all(Array.from({ length: 8 }, () => replay(orgId, id)));
  expect(answers.map(({ state }) => state)).toEqual(Array(8).fill('pending'));
  expect(await tasksOf(use.db, orgId)).toHaveLength(1);
});

test('what waits for its next attempt is due now; what is being sent is left alone', async () => {
  const orgId = await anOrganization(use.db);
  await anEndpoint(use.db, orgId);
  await anEvent(use.db, orgId);
  const [delivery] = await deliveriesOf(use.db, orgId);
  const waiting = (sent: boolean) =>
    sql`update tasks set due_at = now() + interval '1 hour', sent_at = ${sent ? sql`now()` : null}
      where org_id = ${orgId}`.execute(use.db);
  const dueInS = async () => {
    const { rows } = await sql<{ s: number }>`
      select extract(epoch from due_at - now())::float8 as s from tasks
      where org_id = ${orgId}`.execute(use.db);
    return rows.map(({ s }) => s);
  };
  await waiting(true);
  await replay(orgId, delivery!.id);
  expect(await dueInS()).toEqual([expect.closeTo(3_600, -2)]);
  await waiting(false);
  await replay(orgId, delivery!.id);
  const [due] = await dueInS();
  expect(due).toBeLessThanOrEqual(0);
});

test('in order, a replay of what waits opens the gate that holds it', async () => {
  const orgId = await anOrganization(use.db);
  const { id } = await anEndpoint(use.db, orgId, { inOrder: true });
  await anEvent(use.db, orgId);
  const [delivery] = await deliveriesOf(use.db, orgId);
  const name = endpointGate(id);
  await use.db
    .updateTable('gates')
    .set({ closed_until: sql<Date>`now() + interval '1 day'` })
    .where('name', '=', name)
    .execute();
  await replay(orgId, delivery!.id);
  const gate = use.db.selectFrom('gates').select('closed_until').where('name', '=', name);
  expect(await gate.execute()).toEqual([{ closed_until: null }]);
});

test('nothing is replayed to an endpoint that is disabled, nor to another organization', async () => {
  const { orgId, endpoint, deliveries } = await ended(['exhausted']);
  const { id, event_id: eventId } = deliveries[0]!;
  const stranger = await anOrganization(use.db);
  const range = { endpointId: endpoint.id, from: new Date(0) };
  for (const refused of [
    () => replay(stranger, id),
    () => replay(orgId, newId()),
    () => replayEvent(use.db, { orgId: stranger, eventId }),
    () => replayRange(use.db, { orgId: stranger, ...range }),
    () => recoverEndpoint(use.db, { orgId: stranger, endpointId: endpoint.id }),
  ]) {
    await expect(refused()).rejects.toMatchObject({ code: 'not_found' });
  }
  await enabled(orgId, endpoint.id, false);
  for (const refused of [
    () => replay(orgId, id),
    () => replayEvent(use.db, { orgId, eventId, endpointId: endpoint.id }),
    () => replayRange(use.db, { orgId, ...range }),
    () => recoverEndpoint(use.db, { orgId, endpointId: endpoint.id }),
  ]) {
    await expect(refused()).rejects.toMatchObject({
      code: 'state_conflict',
      message: expect.stringContaining('enable it'),
    });
  }
  expect(await statesOf(orgId)).toEqual(['exhausted']);
  expect(await tasksOf(use.db, orgId)).toEqual([]);
});

test('an event goes out again to all that serve, or to the one named', async () => {
  const orgId = await anOrganization(use.db);
  const [first, second, disabled] = [
    await anEndpoint(use.db, orgId),
    await anEndpoint(use.db, orgId),
    await anEndpoint(use.db, orgId),
  ];
  const eventId = await anEvent(use.db, orgId);
  for (const { id } of await deliveriesOf(use.db, orgId)) await end(use.db, id, 'delivered');
  await enabled(orgId, disabled.id, false);
  expect(await replayEvent(use.db, { orgId, eventId, endpointId: second.id })).toBe(1);
  expect(await replayEvent(use.db, { orgId, eventId })).toBe(1);
  expect(await replayEvent(use.db, { orgId, eventId })).toBe(0);
  const tasks = await tasksOf(use.db, orgId);
  expect(tasks.map(({ gate }) => gate)).toEqual([endpointGate(second.id), endpointGate(first.id)]);
});

test('of a time, what ended goes out again: from its first moment, without its last', async () => {
  const { orgId, endpoint, deliveries } = await ended(['delivered', 'exhausted', 'disabled']);
  const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour));
  for (const [hour, { event_id: id }] of deliveries.entries()) {
    await sql`update events set created_at = ${at(hour)} where id = ${id}`.execute(use.db);
  }
  const range = { orgId, endpointId: endpoint.id };
  expect(await replayRange(use.db, { ...range, from: at(1), to: at(2), state: 'delivered' })).toBe(
    0,
  );
  expect(await replayRange(use.db, { ...range, from: at(1), to: at(2) })).toBe(1);
  expect(await statesOf(orgId)).toEqual(['delivered', 'pending', 'disabled']);
  expect(await replayRange(use.db, { ...range, from: at(0) })).toBe(2);
  expect(await tasksOf(use.db, orgId)).toHaveLength(3);
});

test('recovering sends what was missed, and with a moment also what was given up on since', async () => {
  const { orgId, endpoint } = await ended(['exhausted', 'disabled', 'delivered']);
  await ageBy(use.db, orgId, 2);
  const missed = { orgId, endpointId: endpoint.id };
  const days = (count: number) => new Date(Date.now() - count * 86_400_000);
  expect(await recoverEndpoint(use.db, { ...missed, since: days(1) })).toBe(0);
  expect(await recoverEndpoint(use.db, missed)).toBe(1);
  expect(await recoverEndpoint(use.db, missed)).toBe(0);
  expect(await statesOf(orgId)).toEqual(['exhausted', 'pending', 'delivered']);
  expect(await recoverEndpoint(use.db, { ...missed, since: days(3) })).toBe(1);
  expect(await statesOf(orgId)).toEqual(['pending', 'pending', 'delivered']);
});

test('many are replayed batch by batch, each once, in the order in which they were made', async () => {
  const { orgId, endpoint, deliveries } = await ended(Array(7).fill('disabled'));
  const wanted = { orgId, endpointId: endpoint.id };
  const action = 'webhook_endpoint.recover';
  const entry = { orgId, by: NO_KEY, action, resourceId: endpoint.id, after: {} } as const;
  const counts = await Promise.all([
    replayAll(use.db, wanted, entry, 2),
    replayAll(use.db, wanted, entry, 3),
  ]);
  expect(counts[0] + counts[1]).toBe(7);
  expect(await statesOf(orgId)).toEqual(Array(7).fill('pending'));
  expect(await tasksOf(use.db, orgId)).toHaveLength(7);

  for (const { id } of deliveries) await end(use.db, id, 'disabled');
  expect(await replayAll(use.db, wanted, entry, 7)).toBe(7);
  const { rows } = await sql<{ subject_id: string }>`
    select subject_id from tasks where org_id = ${orgId} order by due_at, id`.execute(use.db);
  expect(rows.map((task) => task.subject_id)).toEqual(deliveries.map(({ id }) => id));
});
