import { MAX_ENDPOINTS } from '@usher/contracts';
import { expect, test } from 'vitest';
import { addCallback } from './add-callback.ts';
import { deleteEndpoint } from './delete-endpoint.ts';
import { listEndpoints, requireEndpoint } from './find-endpoints.ts';
import { callbackGate, endpointGate } from './gates.ts';
import { aJob, anEndpoint, anOrganization, seal, useDatabase } from './testing/use-events.ts';

const use = useDatabase();

const list = async (orgId: string) =>
  (await listEndpoints(use.db, orgId, { limit: 200 })).webhook_endpoints;

const secretsOf = (endpointId: string) =>
  use.db
    .selectFrom('webhook_secrets')
    .select(['sealed', 'expires_at'])
    .where('endpoint_id', '=', endpointId)
    .execute();

const capOf = async (name: string) =>
  (await use.db.selectFrom('gates').select('cap').where('name', '=', name).executeTakeFirst())?.cap;

test('a new endpoint has a sealed secret and a gate, which in order admits one at a time', async () => {
  const orgId = await anOrganization(use.db);
  for (const [inOrder, cap] of [
    [false, 8],
    [true, 1],
  ] as const) {
    const { secret, ...endpoint } = await anEndpoint(use.db, orgId, { inOrder });
    expect(secret).toBe('whsec_test');
    expect(await requireEndpoint(use.db, orgId, endpoint.id)).toEqual(endpoint);
    const sealed = seal('whsec_test', endpoint.id);
    expect(await secretsOf(endpoint.id)).toEqual([{ sealed, expires_at: null }]);
    expect(await capOf(endpointGate(endpoint.id))).toBe(cap);
  }
});

test('of many at once no more are registered than there may be; deleted ones and callbacks do not count', async () => {
  const orgId = await anOrganization(use.db);
  const other = await anOrganization(use.db);
  const jobId = await aJob(use.db, orgId);
  await use.db
    .transaction()
    .execute((trx) =>
      addCallback(trx, { orgId, jobId, url: 'https://a.example/', secret: 's', seal }),
    );
  const attempts = await Promise.allSettled(
    Array.from({ length: MAX_ENDPOINTS + 10 }, () => anEndpoint(use.db, orgId)),
  );
  const refused = attempts.filter((attempt) => attempt.status === 'rejected');
  expect(refused).toHaveLength(10);
  for (const { reason } of refused) {
    expect(reason).toMatchObject({
      code: 'state_conflict',
      message: expect.stringContaining('50'),
    });
  }
  const [first] = await list(orgId);
  await anEndpoint(use.db, other);
  await use.db.transaction().execute((trx) => deleteEndpoint(trx, orgId, first!.id));
  await anEndpoint(use.db, orgId);
  expect(await list(orgId)).toHaveLength(MAX_ENDPOINTS);
  await expect(anEndpoint(use.db, orgId)).rejects.toMatchObject({ code: 'state_conflict' });
});

test('endpoints are listed newest first, each once over all pages', async () => {
  const orgId = await anOrganization(use.db);
  const made: string[] = [];
  for (let n = 0; n < 5; n += 1) made.push((await anEndpoint(use.db, orgId)).id);
  const seen: string[] = [];
  for (let cursor: string | undefined; cursor !== '';) {
    const page = await listEndpoints(use.db, orgId, { limit: 2, ...(cursor && { cursor }) });
    seen.push(...page.webhook_endpoints.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  expect(seen).toEqual(made.toReversed());
});

test('callbacks of one organization to one server share a gate, and can be read but not listed', async () => {
  const orgId = await anOrganization(use.db);
  const urls = ['https://one.example/a', 'https://one.example/b', 'https://two.example/'];
  for (const url of urls) {
    const jobId = await aJob(use.db, orgId);
    await use.db
      .transaction()
      .execute((trx) => addCallback(trx, { orgId, jobId, url, secret: 'whsec_callback', seal }));
  }
  const rows = await use.db
    .selectFrom('webhook_endpoints')
    .select(['id', 'gate', 'event_types'])
    .where('org_id', '=', orgId)
    .orderBy('id')
    .execute();
  expect(rows.map(({ gate }) => gate)).toEqual(urls.map((url) => callbackGate(orgId, url)));
  expect(new Set(rows.map(({ gate }) => gate)).size).toBe(2);
  expect(await capOf(callbackGate(orgId, urls[0]!))).toBe(8);
  const [callback] = rows;
  expect(callback!.event_types).toEqual(['job.completed', 'job.canceled']);
  expect(await secretsOf(callback!.id)).toMatchObject([
    { sealed: seal('whsec_callback', callback!.id) },
  ]);
  expect(await requireEndpoint(use.db, orgId, callback!.id)).toMatchObject({ url: urls[0] });
  expect(await list(orgId)).toEqual([]);
});

test('a cursor that no list returned is the caller’s mistake', async () => {
  const orgId = await anOrganization(use.db);
  for (const cursor of ['x', Buffer.from("1' or true").toString('base64url')]) {
    await expect(listEndpoints(use.db, orgId, { limit: 1, cursor })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  }
});
