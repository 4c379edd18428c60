import type { ListDeliveriesQuery } from '@usher/contracts';
import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { bodyOf } from './body-of.ts';
import { listDeliveries, readOwnDelivery, requireDeliveryDetails } from './find-deliveries.ts';
import { publishEvents } from './publish-events.ts';
import { testEndpoint } from './test-endpoint.ts';
import {
  aJob,
  anEndpoint,
  anEvent,
  anOrganization,
  deliveriesOf,
  end,
  useDatabase,
} from './testing/use-events.ts';

const use = useDatabase();

const list = async (orgId: string, query: Partial<ListDeliveriesQuery> = {}) =>
  (await listDeliveries(use.db, orgId, { limit: 50, ...query })).deliveries;
const idsOf = async (...given: Parameters<typeof list>) =>
  (await list(...given)).map(({ id }) => id);

test('deliveries are found by each of their properties, newest first', async () => {
  const orgId = await anOrganization(use.db);
  const [one, two] = [await anEndpoint(use.db, orgId), await anEndpoint(use.db, orgId)];
  const eventId = await anEvent(use.db, orgId);
  const jobId = await aJob(use.db, orgId);
  const draft = { orgId, type: 'job.completed', data: {}, job: { id: jobId, round: 1 } } as const;
  await use.db.transaction().execute((trx) => publishEvents(trx, [draft]));
  const rows = await deliveriesOf(use.db, orgId);
  const all = rows.map(({ id }) => id).toReversed();
  const those = (wanted: (row: (typeof rows)[number]) => boolean) =>
    rows
      .filter(wanted)
      .map(({ id }) => id)
      .toReversed();
  await end(use.db, all[0]!, 'exhausted');

  expect(all).toHaveLength(4);
  expect(await idsOf(orgId)).toEqual(all);
  const ofOne = those((row) => row.endpoint_id === one.id);
  expect(ofOne).toHaveLength(2);
  expect(await idsOf(orgId, { endpoint_id: one.id })).toEqual(ofOne);
  const ofEvent = those((row) => row.event_id === eventId);
  const ofJob = those((row) => row.event_id !== eventId);
  expect(await idsOf(orgId, { event_id: eventId })).toEqual(ofEvent);
  expect(await idsOf(orgId, { job_id: jobId })).toEqual(ofJob);
  expect(await idsOf(orgId, { event_type: 'job.completed' })).toEqual(ofJob);
  expect(await idsOf(orgId, { state: 'exhausted' })).toEqual([all[0]]);
  expect(await idsOf(orgId, { event_id: eventId, endpoint_id: two.id })).toHaveLength(1);

  await sql`update deliveries set created_at = '2026-01-01T10:00Z' where id = ${all[3]}`.execute(
    use.db,
  );
  const from = '2026-01-01T10:00:00Z';
  expect(await idsOf(orgId, { from, to: '2026-01-01T10:00:01Z' })).toEqual([all[3]]);
  expect(await idsOf(orgId, { from, to: from })).toEqual([]);
  expect(await idsOf(orgId, { from: '2026-01-01T10:00:00.001Z' })).toEqual(all.slice(0, 3));
  expect(await idsOf(await anOrganization(use.db))).toEqual([]);
});

test('each is listed once over all pages', async () => {
  const orgId = await anOrganization(use.db);
  await anEndpoint(use.db, orgId);
  for (let n = 0; n < 4; n += 1) await anEvent(use.db, orgId);
  const seen: string[] = [];
  for (let cursor: string | undefined; cursor !== '';) {
    const page = await listDeliveries(use.db, orgId, { limit: 2, ...(cursor && { cursor }) });
    seen.push(...page.deliveries.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  expect(seen).toEqual((await deliveriesOf(use.db, orgId)).map(({ id }) => id).toReversed());
});

test('a delivery shows its body once it has a sequence, and every attempt', async () => {
  const orgId = await anOrganization(use.db);
  const endpoint = await anEndpoint(use.db, orgId);
  await anEvent(use.db, orgId, { z: 1, a: { b: 'ü' } });
  const [made] = await deliveriesOf(use.db, orgId);
  const { id, event_id } = made!;
  const fresh = await requireDeliveryDetails(use.db, orgId, id);
  expect(fresh).toMatchObject({ url: endpoint.url, body: null, sequence: null, log: [] });
  expect(fresh.next_attempt_at).not.toBeNull();

  await sql`update deliveries set sequence = 3 where id = ${id}`.execute(use.db);
  await sql`insert into delivery_attempts (delivery_id, number, org_id, at, duration_ms, status, code, message, response)
    values (${id}, 2, ${orgId}, '2026-01-01T10:01Z', null, null, 'interrupted', null, null),
      (${id}, 1, ${orgId}, '2026-01-01T10:00Z', 12, 500, 'refused', 'said 500', 'oops')`.execute(
    use.db,
  );
  await end(use.db, id, 'exhausted');
  const event = await use.db
    .selectFrom('events')
    .select(['type', 'data', 'created_at'])
    .where('id', '=', event_id)
    .executeTakeFirstOrThrow();
  const details = await requireDeliveryDetails(use.db, orgId, id);
  expect(details.body).toBe(bodyOf(event, 3));
  expect(JSON.parse(details.body!)).toEqual({
    type: 'invitation.accepted',
    timestamp: event.created_at.toISOString(),
    data: { ...event.data, sequence: 3 },
  });
  expect(details.log).toEqual([
    {
      number: 1,
      at: '2026-01-01T10:00:00.000Z',
      duration_ms: 12,
      status: 500,
      code: 'refused',
      message: 'said 500',
      response: 'oops',
    },
    {
      number: 2,
      at: '2026-01-01T10:01:00.000Z',
      duration_ms: null,
      status: null,
      code: 'interrupted',
      message: null,
      response: null,
    },
  ]);
  expect(details.next_attempt_at).toBeNull();
  for (const [org, delivery] of [
    [await anOrganization(use.db), id],
    [orgId, newId()],
  ] as const) {
    await expect(requireDeliveryDetails(use.db, org, delivery)).rejects.toMatchObject({
      code: 'not_found',
    });
  }
});

test('a test is heard by its endpoint alone, whatever that subscribed to', async () => {
  const orgId = await anOrganization(use.db);
  const { id } = await anEndpoint(use.db, orgId, { eventTypes: ['job.canceled'] });
  await anEndpoint(use.db, orgId);
  const told = await use.db.transaction().execute((trx) => testEndpoint(trx, orgId, id));
  expect(told).toMatchObject({ endpoint_id: id, event_type: 'endpoint.test', state: 'pending' });
  expect(await deliveriesOf(use.db, orgId)).toMatchObject([{ id: told.id, endpoint_id: id }]);
});

test('who made a delivery reads that one, and none that was made beside it', async () => {
  const orgId = await anOrganization(use.db);
  const { id } = await anEndpoint(use.db, orgId);
  const draft = { orgId, type: 'endpoint.test', data: { mine: true } } as const;
  const own = await use.db.transaction().execute(async (trx) => {
    await publishEvents(trx, [draft], { endpointId: id });
    await use.db.transaction().execute((other) => testEndpoint(other, orgId, id));
    return readOwnDelivery(trx, orgId, id);
  });
  const { data } = await use.db
    .selectFrom('events')
    .select('data')
    .where('id', '=', own.event_id)
    .executeTakeFirstOrThrow();
  expect(data).toEqual({ mine: true });
});
