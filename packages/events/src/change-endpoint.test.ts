import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { addCallback } from './add-callback.ts';
import { changeEndpoint, enableEndpoint, type EndpointChange } from './change-endpoint.ts';
import { deleteEndpoint } from './delete-endpoint.ts';
import { requireEndpoint } from './find-endpoints.ts';
import { endpointGate } from './gates.ts';
import {
  aJob,
  anEndpoint,
  anEvent,
  anOrganization,
  deliveriesOf,
  seal,
  tasksOf,
  useDatabase,
} from './testing/use-events.ts';

const use = useDatabase();

const change = (orgId: string, id: string, wanted: EndpointChange) =>
  use.db.transaction().execute((trx) => changeEndpoint(trx, orgId, id, wanted));
const enable = (orgId: string, id: string) =>
  use.db.transaction().execute((trx) => enableEndpoint(trx, orgId, id));
const remove = (orgId: string, id: string) =>
  use.db.transaction().execute((trx) => deleteEndpoint(trx, orgId, id));

const gateOf = (id: string) =>
  use.db
    .selectFrom('gates')
    .select(['cap', 'failures', 'closed_until'])
    .where('name', '=', endpointGate(id))
    .executeTakeFirstOrThrow();

/** As an endpoint is that has failed for hours. */
async function fail(id: string): Promise<void> {
  await use.db
    .updateTable('gates')
    .set({ failures: 7, closed_until: sql<Date>`now() + interval '1 hour'` })
    .where('name', '=', endpointGate(id))
    .execute();
  await use.db
    .updateTable('webhook_endpoints')
    .set({ failing_since: sql<Date>`now() - interval '5 hours'` })
    .where('id', '=', id)
    .execute();
}

test('a change touches what it names, and moves updated_at only when something is different', async () => {
  const orgId = await anOrganization(use.db);
  const { secret: _, ...before } = await anEndpoint(use.db, orgId);
  expect(await change(orgId, before.id, { url: before.url, enabled: true })).toEqual(before);
  const url = 'https://other.example/';
  const moved = await change(orgId, before.id, { url });
  expect(moved).toEqual({ ...before, url, updated_at: expect.any(String) });
  expect(Date.parse(moved.updated_at)).toBeGreaterThan(Date.parse(before.updated_at));
  expect(await change(orgId, before.id, { url })).toEqual(moved);
  const narrowed = await change(orgId, before.id, { eventTypes: ['job.target_failed'] });
  expect(narrowed).toMatchObject({ url, event_types: ['job.target_failed'] });
});

test('in_order decides how many go at once', async () => {
  const orgId = await anOrganization(use.db);
  const { id } = await anEndpoint(use.db, orgId);
  expect(await change(orgId, id, { inOrder: true })).toMatchObject({ in_order: true });
  expect((await gateOf(id)).cap).toBe(1);
  await fail(id);
  expect(await change(orgId, id, { inOrder: false })).toMatchObject({ in_order: false });
  // It was closed for as long as the first in order waited.
  expect(await gateOf(id)).toMatchObject({ cap: 8, closed_until: null });
});

test('another address has not failed yet', async () => {
  const orgId = await anOrganization(use.db);
  const { id, url } = await anEndpoint(use.db, orgId);
  await fail(id);
  expect((await change(orgId, id, { url })).failing_since).not.toBeNull();
  expect((await gateOf(id)).failures).toBe(7);
  const moved = await change(orgId, id, { url: 'https://other.example/' });
  expect(moved.failing_since).toBeNull();
  expect(await gateOf(id)).toMatchObject({ failures: 0, closed_until: null });
});

test('what its owner disables gets nothing more, and says so', async () => {
  const orgId = await anOrganization(use.db);
  const { id } = await anEndpoint(use.db, orgId);
  const untouched = await anEndpoint(use.db, orgId);
  await anEvent(use.db, orgId);
  const disabled = await change(orgId, id, { enabled: false });
  expect(disabled).toMatchObject({ enabled: false, disabled_reason: 'disabled by its owner' });
  expect(await change(orgId, id, { enabled: false })).toEqual(disabled);
  await anEvent(use.db, orgId);
  const states = (await deliveriesOf(use.db, orgId)).map((each) => [each.endpoint_id, each.state]);
  expect(states.filter(([endpoint]) => endpoint === id).map(([, state]) => state)).toEqual([
    'disabled',
    'disabled',
  ]);
  const left = await tasksOf(use.db, orgId);
  expect(left.map(({ gate }) => gate)).toEqual(Array(2).fill(endpointGate(untouched.id)));
});

test('enabling forgets every failure, opens the gate, and can be repeated', async () => {
  const orgId = await anOrganization(use.db);
  const { id } = await anEndpoint(use.db, orgId);
  await fail(id);
  await change(orgId, id, { enabled: false });
  const enabled = await enable(orgId, id);
  expect(enabled).toMatchObject({ enabled: true, disabled_reason: null, failing_since: null });
  expect(await gateOf(id)).toMatchObject({ failures: 0, closed_until: null });
  expect(await enable(orgId, id)).toEqual(enabled);
});

test('what was missed while disabled stays so when it is enabled', async () => {
  const orgId = await anOrganization(use.db);
  const { id } = await anEndpoint(use.db, orgId);
  await change(orgId, id, { enabled: false });
  await anEvent(use.db, orgId);
  await enable(orgId, id);
  expect(await deliveriesOf(use.db, orgId)).toMatchObject([{ state: 'disabled' }]);
  expect(await tasksOf(use.db, orgId)).toEqual([]);
});

test('what is deleted has no secret left, gets nothing more, and is not found again', async () => {
  const orgId = await anOrganization(use.db);
  const { id } = await anEndpoint(use.db, orgId);
  await anEvent(use.db, orgId);
  await remove(orgId, id);
  expect(await deliveriesOf(use.db, orgId)).toMatchObject([{ state: 'disabled' }]);
  expect(await tasksOf(use.db, orgId)).toEqual([]);
  const { rows } = await sql`select from webhook_secrets where endpoint_id = ${id}`.execute(use.db);
  expect(rows).toEqual([]);
  const other = await anEndpoint(use.db, orgId);
  await anEvent(use.db, orgId);
  const told = (await deliveriesOf(use.db, orgId)).map((delivery) => delivery.endpoint_id);
  expect(told).toEqual([id, other.id]);
  for (const again of [
    () => remove(orgId, id),
    () => enable(orgId, id),
    () => change(orgId, id, { enabled: true }),
    () => requireEndpoint(use.db, orgId, id),
  ]) {
    await expect(again()).rejects.toMatchObject({ code: 'not_found' });
  }
});

test('another organization changes nothing, and leaves no trace', async () => {
  const orgId = await anOrganization(use.db);
  const stranger = await anOrganization(use.db);
  const { id, secret: _, ...before } = await anEndpoint(use.db, orgId);
  for (const attempt of [
    () => change(stranger, id, { inOrder: true }),
    () => change(stranger, newId(), { inOrder: true }),
    () => enable(stranger, id),
    () => remove(stranger, id),
  ]) {
    await expect(attempt()).rejects.toMatchObject({ code: 'not_found' });
  }
  expect(await requireEndpoint(use.db, orgId, id)).toEqual({ id, ...before });
  expect((await gateOf(id)).cap).toBe(8);
});

test('the callback of a job is not changed, but enabled', async () => {
  const orgId = await anOrganization(use.db);
  const jobId = await aJob(use.db, orgId);
  await use.db
    .transaction()
    .execute((trx) =>
      addCallback(trx, { orgId, jobId, url: 'https://a.example/', secret: 's', seal }),
    );
  const { id } = await use.db
    .updateTable('webhook_endpoints')
    .set({ disabled_at: new Date(), disabled_reason: 'it answered 410 Gone' })
    .where('job_id', '=', jobId)
    .returning('id')
    .executeTakeFirstOrThrow();
  await expect(change(orgId, id, { inOrder: true })).rejects.toMatchObject({
    code: 'state_conflict',
  });
  expect(await enable(orgId, id)).toMatchObject({ enabled: true });
});
