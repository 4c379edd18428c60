import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { waitFor } from '../../../test/support/wait-for.ts';
import { addCallback } from './add-callback.ts';
import { deleteEndpoint } from './delete-endpoint.ts';
import { callbackGate, endpointGate } from './gates.ts';
import { pruneEvents } from './prune-events.ts';
import {
  ageBy,
  aJob,
  anEndpoint,
  anEvent,
  anOrganization,
  deliveriesOf,
  end,
  seal,
  useDatabase,
} from './testing/use-events.ts';

const use = useDatabase();

const eventsOf = (orgId: string) =>
  use.db.selectFrom('events').select('id').where('org_id', '=', orgId).execute();
const endpointsOf = async (orgId: string) =>
  (
    await use.db
      .selectFrom('webhook_endpoints')
      .select('url')
      .where('org_id', '=', orgId)
      .orderBy('url')
      .execute()
  ).map(({ url }) => url);
const gates = async () =>
  (await use.db.selectFrom('gates').select('name').execute()).map(({ name }) => name);

test('an event goes after 30 days with its deliveries and attempts, and not before', async () => {
  const orgId = await anOrganization(use.db);
  await anEndpoint(use.db, orgId);
  await anEndpoint(use.db, orgId);
  await anEvent(use.db, orgId);
  for (const { id } of await deliveriesOf(use.db, orgId)) {
    await end(use.db, id, 'delivered');
    await sql`insert into delivery_attempts (delivery_id, number, org_id, code)
      values (${id}, 1, ${orgId}, 'delivered')`.execute(use.db);
  }
  await ageBy(use.db, orgId, 29);
  await pruneEvents(use.db);
  expect(await deliveriesOf(use.db, orgId)).toHaveLength(2);
  await ageBy(use.db, orgId, 31);
  await pruneEvents(use.db);
  expect([await eventsOf(orgId), await deliveriesOf(use.db, orgId)]).toEqual([[], []]);
  const { rows } = await sql`select from delivery_attempts where org_id = ${orgId}`.execute(use.db);
  expect(rows).toEqual([]);
  expect(await endpointsOf(orgId)).toHaveLength(2);
});

test('an old event stays whole while one delivery of it is unfinished', async () => {
  const orgId = await anOrganization(use.db);
  await anEndpoint(use.db, orgId);
  await anEndpoint(use.db, orgId);
  await anEvent(use.db, orgId);
  const [first] = await deliveriesOf(use.db, orgId);
  await end(use.db, first!.id, 'delivered');
  await ageBy(use.db, orgId, 40);
  await pruneEvents(use.db);
  expect(await deliveriesOf(use.db, orgId)).toHaveLength(2);
});

test('what a replay takes just then stays, and is not lost', async () => {
  const orgId = await anOrganization(use.db);
  await anEndpoint(use.db, orgId);
  await anEvent(use.db, orgId);
  const [delivery] = await deliveriesOf(use.db, orgId);
  await end(use.db, delivery!.id, 'delivered');
  await ageBy(use.db, orgId, 31);
  const pruning = await use.db.transaction().execute(async (trx) => {
    await sql`update deliveries set state = 'pending', ended_at = null
      where id = ${delivery!.id}`.execute(trx);
    const started = pruneEvents(use.db);
    await untilBlocked();
    return { started };
  });
  await pruning.started;
  expect(await deliveriesOf(use.db, orgId)).toMatchObject([{ state: 'pending' }]);
  expect(await eventsOf(orgId)).toHaveLength(1);
});

test('more than one batch goes in one call', async () => {
  const orgId = await anOrganization(use.db);
  await sql`insert into events (id, org_id, type, data, created_at)
    select gen_random_uuid(), ${orgId}, 'invitation.accepted', '{}', now() - interval '31 days'
    from generate_series(1, 1100)`.execute(use.db);
  await pruneEvents(use.db);
  expect(await eventsOf(orgId)).toEqual([]);
});

test('endpoints go that were deleted, or whose job is finished, once nothing refers to them', async () => {
  const orgId = await anOrganization(use.db);
  const addTo = async (host: string, finishedDaysAgo: number | null) => {
    const jobId = await aJob(use.db, orgId, finishedDaysAgo);
    const url = `https://${host}.example/`;
    await use.db
      .transaction()
      .execute((trx) => addCallback(trx, { orgId, jobId, url, secret: 's', seal }));
    return url;
  };
  const [over, shared, lately] = [await addTo('a', 31), await addTo('b', 31), await addTo('c', 1)];
  await addTo('b', null);
  const kept = await anEndpoint(use.db, orgId, { url: 'https://kept.example/' });
  const gone = await anEndpoint(use.db, orgId, { url: 'https://gone.example/' });
  const read = await anEndpoint(use.db, orgId, { url: 'https://read.example/' });
  await use.db.transaction().execute(async (trx) => deleteEndpoint(trx, orgId, gone.id));
  await anEvent(use.db, orgId);
  await use.db.transaction().execute((trx) => deleteEndpoint(trx, orgId, read.id));
  await sql`update webhook_endpoints set created_at = now() - interval '32 days',
    deleted_at = case when deleted_at is not null then now() - interval '31 days' end`.execute(
    use.db,
  );

  await pruneEvents(use.db);
  expect(await endpointsOf(orgId)).toEqual([shared, lately, kept.url, read.url]);
  const left = await gates();
  expect(left).toEqual(
    expect.arrayContaining([
      'database',
      callbackGate(orgId, shared),
      callbackGate(orgId, lately),
      endpointGate(kept.id),
      endpointGate(read.id),
    ]),
  );
  expect(left).not.toContain(callbackGate(orgId, over));
  expect(left).not.toContain(endpointGate(gone.id));
});

test('a gate that is being taken for a callback stays', async () => {
  const orgId = await anOrganization(use.db);
  const jobId = await aJob(use.db, orgId);
  const url = 'https://again.example/';
  const name = callbackGate(orgId, url);
  await use.db.insertInto('gates').values({ name, cap: 8, destination: true }).execute();
  await use.db.transaction().execute(async (trx) => {
    await addCallback(trx, { orgId, jobId, url, secret: 's', seal });
    await pruneEvents(use.db);
  });
  expect(await gates()).toContain(name);
  await pruneEvents(use.db);
  expect(await gates()).toContain(name);
});

/** Until a statement in this database waits for another transaction. */
const untilBlocked = () =>
  waitFor('a blocked statement', async () => {
    const { rows } = await sql`select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(use.db);
    return rows.length > 0;
  });
