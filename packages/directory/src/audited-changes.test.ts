import { listAuditLog, type Actor } from '@usher/events';
import { newId } from '@usher/db';
import { expect, test } from 'vitest';
import { acceptInvitation } from './accept-invitation.ts';
import { createAttributeDefinition, deleteAttributeDefinition } from './attribute-definitions.ts';
import { changeGroup } from './change-group.ts';
import { createApiKey } from './create-api-key.ts';
import { createGroup } from './create-group.ts';
import { createWebsites } from './create-websites.ts';
import { setGroupCredits } from './credits.ts';
import {
  aBillingEntity,
  anHourAgo,
  anInvitation,
  anOrganization,
  unknownId,
  useDatabase,
} from './fixtures.ts';
import { createOrganization } from './organizations.ts';
import { removeWebsiteMember } from './remove-website-member.ts';
import { revokeApiKey } from './revoke-api-key.ts';
import { revokeInvitation } from './revoke-invitation.ts';
import { revokeInvite } from './revoke-invite.ts';

const use = useDatabase();

const somebody = (): Actor => ({ apiKeyId: newId(), requestId: newId() });
const entriesOf = async (orgId: string) =>
  (await listAuditLog(use.db, orgId, { limit: 200 })).entries;

/** What `work` writes down. */
async function written(orgId: string, work: () => Promise<unknown>) {
  const before = await entriesOf(orgId);
  await work();
  const after = await entriesOf(orgId);
  return after.slice(0, after.length - before.length);
}

/** What refused work writes down. */
const refused = (orgId: string, work: () => Promise<unknown>) =>
  written(orgId, () => expect(work()).rejects.toMatchObject({ name: 'PublicError' }));

const entry = (
  by: Actor,
  action: string,
  id: string,
  before: object | null,
  after: object | null,
) => ({
  id: expect.any(String),
  at: expect.any(String),
  api_key_id: by.apiKeyId,
  request_id: by.requestId,
  action,
  resource: { type: action.split('.')[0], id },
  before,
  after,
});

test('an organization and its keys are written down without a key, and no key is in it', async () => {
  const { id: orgId } = await createOrganization(use.db, { name: 'Acme', partner: true });
  const [website] = await createWebsites(use.db, orgId, [{ url: 'acme.example' }]);
  const websiteIds = [website!.id];
  const { key, ...made } = await createApiKey(use.db, { orgId, name: 'For CI', websiteIds });
  const ended = await revokeApiKey(use.db, { keyId: made.id });
  await revokeApiKey(use.db, { keyId: made.id });
  const by = { apiKeyId: null, requestId: null };
  const entries = await entriesOf(orgId);
  const { prefix } = made;
  const [about, url] = [{ name: 'For CI', prefix, website_ids: websiteIds }, 'acme.example'];
  const revokedAt = { revoked_at: ended.revokedAt!.toISOString() };
  expect(entries).toEqual([
    entry(by, 'api_key.revoke', made.id, { revoked_at: null }, revokedAt),
    entry(by, 'api_key.create', made.id, null, { ...about, read_only: false, expires_at: null }),
    entry(by, 'website.create', website!.id, null, { url, name: url, external_id: null }),
    entry(by, 'organization.create', orgId, null, {
      name: 'Acme',
      partner: true,
      contact_email: null,
    }),
  ]);
  expect(JSON.stringify(entries)).not.toContain(key);
});

test('a website’s address is written down without credentials', async () => {
  const { orgId } = await anOrganization(use.db);
  const url = 'user:pass@shop.example/x?token=s3cret';
  const [made] = await written(orgId, () => createWebsites(use.db, orgId, [{ url }]));
  expect(made!.after).toMatchObject({ url: 'shop.example/x?…', name: 'shop.example/x?…' });
});

test('of a group’s change the log says what was and what is, and nothing of what stayed', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const [a, b, c] = websites.map(({ id }) => id) as [string, string, string];
  const by = somebody();
  const wanted = { name: 'North', websiteIds: [b, a], externalId: 'n' };
  const group = await createGroup(use.db, orgId, wanted, by);
  const [created] = await entriesOf(orgId);
  expect(created).toEqual(
    entry(by, 'group.create', group.id, null, {
      name: 'North',
      external_id: 'n',
      billing_enabled: false,
      website_ids: [a, b],
    }),
  );
  const change = { name: 'South', externalId: 'n', addWebsiteIds: [c, a], removeWebsiteIds: [b] };
  const change1 = () => changeGroup(use.db, orgId, group.id, change, by);
  const looks = [
    { name: 'North', website_ids: [b] },
    { name: 'South', website_ids: [c] },
  ] as const;
  expect(await written(orgId, change1)).toEqual([entry(by, 'group.update', group.id, ...looks)]);
  expect(await written(orgId, change1)).toEqual([]);
  const foreign = { name: 'East', addWebsiteIds: [unknownId()] };
  expect(await refused(orgId, () => changeGroup(use.db, orgId, group.id, foreign, by))).toEqual([]);
  const taken = { name: 'Other', websiteIds: [a], externalId: 'n' };
  expect(await refused(orgId, () => createGroup(use.db, orgId, taken, by))).toEqual([]);
});

test('of place, words and attributes the log names what changed, and of attributes no other', async () => {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const by = somebody();
  const parent = await createGroup(use.db, orgId, { name: 'Parent' });
  const fields = { description: 'Words', attributes: { kept: 'k', old: 'o', size: 'S' } };
  const wanted = { name: 'North', parentNumber: parent.number, ...fields };
  let id = '';
  const create = async () => void ({ id } = await createGroup(use.db, orgId, wanted, by));
  const [created] = await written(orgId, create);
  expect(created).toEqual(
    entry(by, 'group.create', id, null, {
      name: 'North',
      external_id: null,
      billing_enabled: false,
      website_ids: [],
      parent_id: parent.id,
      ...fields,
    }),
  );
  const change = {
    parentNumber: null,
    description: 'Other words',
    attributes: { size: 'L', old: null, new: 'n', kept: 'k' },
  };
  const change1 = () => changeGroup(use.db, orgId, id, change, by);
  const looks = [
    {
      parent_id: parent.id,
      description: 'Words',
      attributes: { size: 'S', old: 'o', new: null },
    },
    {
      parent_id: null,
      description: 'Other words',
      attributes: { size: 'L', old: null, new: 'n' },
    },
  ] as const;
  expect(await written(orgId, change1)).toEqual([entry(by, 'group.update', id, ...looks)]);
  expect(await written(orgId, change1)).toEqual([]);
});

test('definitions of attributes are written down as they are made and deleted', async () => {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const by = somebody();
  const look = { name: 'region', type: 'single', options: ['EMEA'], required: true } as const;
  const { id, number } = await createAttributeDefinition(use.db, orgId, look, by);
  const [made] = await entriesOf(orgId);
  expect(made).toEqual(entry(by, 'attribute_definition.create', id, null, look));
  expect(await refused(orgId, () => createAttributeDefinition(use.db, orgId, look))).toEqual([]);
  const remove = () => deleteAttributeDefinition(use.db, orgId, number, by);
  expect(await written(orgId, remove)).toEqual([
    entry(by, 'attribute_definition.delete', id, look, null),
  ]);
  expect(await refused(orgId, remove)).toEqual([]);
});

test('credits are written down as they were and are; setting them to what they are is nothing', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const { id } = await createGroup(use.db, orgId, { name: 'N', websiteIds: [websites[0]!.id] });
  const by = somebody();
  const set = (amounts: { monthly?: number; oneOff?: number }) => () =>
    setGroupCredits(use.db, orgId, id, amounts, by);
  expect(await refused(orgId, set({ monthly: 5 }))).toEqual([]);
  await aBillingEntity(use.db, orgId, id);
  const first = await written(orgId, set({ monthly: 5.5 }));
  expect(first).toEqual([entry(by, 'credits.set', id, null, { monthly: 5.5, one_off: 0 })]);
  expect(await written(orgId, set({ monthly: 5.5, oneOff: 0 }))).toEqual([]);
  const second = await written(orgId, set({ oneOff: 2 }));
  expect(second).toEqual([entry(by, 'credits.set', id, { one_off: 0 }, { one_off: 2 })]);
});

test('of many who set credits at once each writes down what it found', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const { id } = await createGroup(use.db, orgId, { name: 'N', websiteIds: [websites[0]!.id] });
  await aBillingEntity(use.db, orgId, id);
  const amounts = [1, 2, 3, 4, 5, 6];
  const entries = await written(orgId, () =>
    Promise.all(amounts.map((monthly) => setGroupCredits(use.db, orgId, id, { monthly }))),
  );
  expect(entries).toHaveLength(6);
  // A chain: all but the last amount is what somebody else found.
  const found = entries.map(({ before }) => before?.monthly);
  const left = entries.map(({ after }) => after?.monthly);
  expect(found.filter((amount) => amount === undefined)).toHaveLength(1);
  expect(new Set(left)).toEqual(new Set(amounts));
  expect(left.filter((amount) => !found.includes(amount))).toHaveLength(1);
});

test('who is removed, and whose invite is revoked, is in the log; a second time is not', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const [site, other] = websites.map(({ id }) => id) as [string, string];
  const email = 'ann@example.com';
  const by = somebody();
  const { id, inviteIds } = await anInvitation(use.db, orgId, email, [
    { websiteId: site, role: 'admin' },
    { websiteId: other },
  ]);
  const last = inviteIds[1]!;
  const revoke = () => revokeInvite(use.db, orgId, last, null, by);
  expect(await written(orgId, revoke)).toEqual([
    entry(
      by,
      'invite.revoke',
      last,
      {
        state: 'pending',
        invitation_id: id,
        website_id: other,
        group_id: null,
        email,
        role: 'viewer',
      },
      { state: 'revoked' },
    ),
  ]);
  expect(await refused(orgId, revoke)).toEqual([]);

  let userId = '';
  const accept = async () =>
    void ({ userId } = await acceptInvitation(use.db, id, {}, { apiKeyId: null, requestId: 'r' }));
  const [accepted] = await written(orgId, accept);
  const visitor = { apiKeyId: null, requestId: 'r' };
  const memberships = [{ website_id: site, role: 'admin' }];
  const after = { state: 'accepted', accepted: 1, user_id: userId, email, memberships };
  const pending = { state: 'pending', memberships: [] };
  expect(accepted).toEqual(entry(visitor, 'invitation.accept', id, pending, after));
  expect(await refused(orgId, accept)).toEqual([]);

  const remove = () => removeWebsiteMember(use.db, orgId, site, userId, by);
  const before = { website_id: site, email, role: 'admin' };
  expect(await written(orgId, remove)).toEqual([entry(by, 'member.remove', userId, before, null)]);
  expect(await refused(orgId, remove)).toEqual([]);
});

test('an acceptance names what somebody is a member of now, and what they were before', async () => {
  const { orgId, websites } = await anOrganization(use.db, { count: 4 });
  const [raised, kept, lower, added] = websites.map(({ id }) => id) as [
    string,
    string,
    string,
    string,
  ];
  const { id: groupId } = await createGroup(use.db, orgId, { name: 'N', websiteIds: [raised] });
  const email = 'cid@example.com';
  const accept = async (targets: Parameters<typeof anInvitation>[3]) => {
    const { id } = await anInvitation(use.db, orgId, email, targets);
    const [accepted] = await written(orgId, () => acceptInvitation(use.db, id));
    return accepted!;
  };
  await accept([{ websiteId: raised }, { websiteId: kept }, { websiteId: lower, role: 'admin' }]);
  const { before, after } = await accept([
    { websiteId: raised, role: 'admin' },
    { websiteId: kept },
    { websiteId: lower },
    { websiteId: added },
    { groupId, role: 'admin' },
  ]);
  const roles = (look: Record<string, unknown> | null) =>
    Object.fromEntries(
      (look as { memberships: Array<Record<string, string>> }).memberships.map(
        ({ website_id, group_id = 'none', role }) => [website_id ?? group_id, role],
      ),
    );
  expect(roles(before)).toEqual({ [raised]: 'viewer', [kept]: 'viewer', [lower]: 'admin' });
  expect(roles(after)).toEqual({
    [raised]: 'admin',
    [kept]: 'viewer',
    [lower]: 'admin',
    [added]: 'viewer',
    [groupId]: 'admin',
  });
});

test('revoking an invitation is one entry, and none where nothing of it was pending', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const viewer = { orgId, onlyKeyId: null };
  const email = 'bea@example.com';
  const by = somebody();
  const open = websites.slice(0, 2).map((website) => ({ websiteId: website.id }));
  const { id } = await anInvitation(use.db, orgId, email, [
    ...open,
    { websiteId: websites[2]!.id, expiresAt: anHourAgo() },
  ]);
  const revoke = () => revokeInvitation(use.db, viewer, id, by);
  const targets = open.map(({ websiteId }) => ({ website_id: websiteId, role: 'viewer' }));
  const looks = [
    { state: 'pending', email, pending: 2, targets: expect.arrayContaining(targets) },
    { state: 'revoked', revoked: 2 },
  ] as const;
  expect(await written(orgId, revoke)).toEqual([entry(by, 'invitation.revoke', id, ...looks)]);
  expect(await written(orgId, revoke)).toEqual([]);
});
