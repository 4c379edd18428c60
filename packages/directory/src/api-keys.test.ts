import { expect, test } from 'vitest';
import { createApiKey } from './create-api-key.ts';
import { findCaller } from './find-caller.ts';
import { anHourAgo, anOrganization, inAnHour, unknownId, useDatabase } from './fixtures.ts';
import { listApiKeys } from './list-api-keys.ts';
import { revokeApiKey } from './revoke-api-key.ts';

const use = useDatabase();

test('a key is shown once: only its prefix and hash are stored', async () => {
  const { orgId } = await anOrganization(use.db);
  const { key, ...created } = await createApiKey(use.db, { orgId, name: 'ci' });
  expect(key).toMatch(/^usher_[\w-]{43}$/);
  expect(created).toMatchObject({ orgId, name: 'ci', prefix: key.slice(0, 12), scoped: false });
  const stored = await use.db
    .selectFrom('api_keys')
    .selectAll()
    .where('org_id', '=', orgId)
    .execute();
  expect(JSON.stringify(stored)).not.toContain(key);
  expect(await listApiKeys(use.db, orgId)).toEqual([created]);
});

test('a scoped key keeps its websites, each once', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const ids = [websites[0]!.id, websites[1]!.id];
  const key = await createApiKey(use.db, { orgId, websiteIds: [...ids, ids[0]!] });
  expect(key).toMatchObject({ scoped: true, websiteIds: ids });
  expect((await findCaller(use.db, key.key))?.caller.scopedTo).toEqual(ids);
});

test("a key for another organization's website is refused by name, and not made", async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const foreign = (await anOrganization(use.db)).websites[0]!.id;
  const wanted = createApiKey(use.db, { orgId, websiteIds: [websites[0]!.id, foreign] });
  await expect(wanted).rejects.toMatchObject({
    code: 'invalid_request',
    details: [{ path: 'website_ids.1', message: `Website ${foreign} not found` }],
  });
  expect(await listApiKeys(use.db, orgId)).toEqual([]);
});

test('a key with no websites, a past expiry or an unknown organization is refused', async () => {
  const { orgId } = await anOrganization(use.db);
  const invalid = { code: 'invalid_request' };
  await expect(createApiKey(use.db, { orgId, websiteIds: [] })).rejects.toMatchObject(invalid);
  await expect(createApiKey(use.db, { orgId, expiresAt: anHourAgo() })).rejects.toMatchObject(
    invalid,
  );
  await expect(createApiKey(use.db, { orgId: unknownId() })).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('a revoked key has no caller, and revoking again keeps the first time', async () => {
  const { orgId } = await anOrganization(use.db);
  const key = await createApiKey(use.db, { orgId, expiresAt: inAnHour() });
  expect(await findCaller(use.db, key.key)).not.toBeNull();
  const first = await revokeApiKey(use.db, { orgId, keyId: key.id });
  const second = await revokeApiKey(use.db, { keyId: key.id });
  expect(first.revokedAt).toBeInstanceOf(Date);
  expect(second).toEqual(first);
  expect(await findCaller(use.db, key.key)).toBeNull();
});

test("an unknown key and another organization's cannot be revoked", async () => {
  const { orgId } = await anOrganization(use.db);
  const stranger = await anOrganization(use.db);
  const key = await createApiKey(use.db, { orgId });
  const notFound = { code: 'not_found' };
  await expect(
    revokeApiKey(use.db, { orgId: stranger.orgId, keyId: key.id }),
  ).rejects.toMatchObject(notFound);
  await expect(revokeApiKey(use.db, { keyId: unknownId() })).rejects.toMatchObject(notFound);
  expect(await findCaller(use.db, key.key)).not.toBeNull();
});
