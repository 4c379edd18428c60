import { newId } from '@usher/db';
import { listAuditLog } from '@usher/events';
import { sql, type KyselyPlugin } from 'kysely';
import { expect, test } from 'vitest';
import { acceptInvitation } from './accept-invitation.ts';
import { createGroup } from './create-group.ts';
import { setGroupCredits } from './credits.ts';
import { deleteGroup } from './delete-group.ts';
import { describeInvitation } from './describe-invitation.ts';
import { findGroup, listGroups } from './find-groups.ts';
import { requireInvitation } from './find-invitations.ts';
import {
  aBillingEntity,
  anHourAgo,
  anInvitation,
  anOrganization,
  inAnHour,
  unknownId,
  untilBlocked,
  useDatabase,
} from './fixtures.ts';
import { revokeInvitation } from './revoke-invitation.ts';

const use = useDatabase();

async function aFamily() {
  const { orgId, websites } = await anOrganization(use.db, { count: 1 });
  const make = (name: string, parentNumber: number | null) =>
    createGroup(use.db, orgId, { name, parentNumber, websiteIds: [websites[0]!.id] });
  const top = await make('Top', null);
  const middle = await make('Middle', top.number);
  const children = [await make('One', middle.number), await make('Two', middle.number)];
  const grandchild = await make('Three', children[0]!.number);
  return { orgId, websiteId: websites[0]!.id, top, middle, children, grandchild };
}

let people = 0;
const someone = () => `person-${(people += 1)}@example.com`;

test('children of a deleted group are below none; all others stay where they are', async () => {
  const { orgId, top, middle, children, grandchild } = await aFamily();
  await deleteGroup(use.db, orgId, middle.id);
  expect(await findGroup(use.db, orgId, middle.id)).toBeNull();
  const left = await listGroups(use.db, orgId);
  expect(left).toEqual([
    top,
    ...children.map((child) => ({ ...child, parentNumber: null, updatedAt: expect.any(Date) })),
    grandchild,
  ]);
  for (const [index, child] of children.entries()) {
    expect(left[index + 1]!.updatedAt > child.updatedAt).toBe(true);
  }
});

test('what was deleted, orphaned and revoked is in the log, and is deleted once', async () => {
  const { orgId, websiteId, top, middle, children } = await aFamily();
  const email = someone();
  const { id, inviteIds } = await anInvitation(use.db, orgId, email, [{ groupId: middle.id }]);
  const by = { apiKeyId: newId(), requestId: newId() };
  const before = (await listAuditLog(use.db, orgId, { limit: 200 })).entries.length;
  await deleteGroup(use.db, orgId, middle.id, by);
  const gone = deleteGroup(use.db, orgId, middle.id, by);
  await expect(gone).rejects.toMatchObject({ code: 'not_found' });

  const { entries } = await listAuditLog(use.db, orgId, { limit: 200 });
  const written = entries.slice(0, entries.length - before).toReversed();
  const about = (action: string, resource: string, looks: object) =>
    expect.objectContaining({
      action,
      api_key_id: by.apiKeyId,
      request_id: by.requestId,
      resource: { type: action.split('.')[0], id: resource },
      ...looks,
    });
  const orphaned = { before: { parent_id: middle.id }, after: { parent_id: null } };
  const invite = { invitation_id: id, website_id: null, group_id: middle.id, email };
  expect(written).toEqual([
    about('invite.revoke', inviteIds[0]!, {
      before: { state: 'pending', role: 'viewer', ...invite },
      after: { state: 'revoked' },
    }),
    ...children.map((child) => about('group.update', child.id, orphaned)),
    about('group.delete', middle.id, {
      before: {
        name: 'Middle',
        external_id: null,
        billing_enabled: false,
        parent_id: top.id,
        description: null,
        attributes: {},
        website_ids: [websiteId],
        members: 0,
      },
      after: null,
    }),
  ]);
});

test('pending invites to it are revoked, what was decided before stays, and its links say so', async () => {
  const { orgId, websiteId, middle } = await aFamily();
  const groupId = middle.id;
  const invite = (invites: Parameters<typeof anInvitation>[3]) =>
    anInvitation(use.db, orgId, someone(), invites);
  const alone = await invite([{ groupId }]);
  const both = await invite([{ groupId }, { websiteId }]);
  const late = await invite([{ groupId, expiresAt: anHourAgo() }]);
  const accepted = await invite([{ groupId }]);
  await acceptInvitation(use.db, accepted.id);

  await deleteGroup(use.db, orgId, groupId);

  const viewer = { orgId, onlyKeyId: null };
  const stateOf = async ({ id }: { id: string }) => {
    const { state, targets } = await requireInvitation(use.db, viewer, id);
    return { state, ...targets };
  };
  const none = { total: 1, pending: 0, accepted: 0, revoked: 0, expired: 0 };
  expect(await stateOf(alone)).toEqual({ ...none, state: 'revoked', revoked: 1 });
  expect(await stateOf(late)).toEqual({ ...none, state: 'expired', expired: 1 });
  expect(await stateOf(accepted)).toEqual({ ...none, state: 'accepted', accepted: 1 });
  expect(await stateOf(both)).toMatchObject({ state: 'pending', total: 2, pending: 1, revoked: 1 });

  expect(await describeInvitation(use.db, alone.id)).toMatchObject({ state: 'revoked', items: [] });
  expect(await describeInvitation(use.db, both.id)).toMatchObject({ items: [{ id: websiteId }] });
  await expect(acceptInvitation(use.db, alone.id)).rejects.toMatchObject({
    code: 'gone',
    message: expect.stringContaining('revoked'),
  });
  const { accepted: joined } = await acceptInvitation(use.db, both.id);
  expect(joined).toEqual([{ website_id: websiteId }]);
});

test('memberships and credits go with it; its billing entity stays on record', async () => {
  const { orgId, middle } = await aFamily();
  await aBillingEntity(use.db, orgId, middle.id);
  await setGroupCredits(use.db, orgId, middle.id, { monthly: 5 });
  const { id } = await anInvitation(use.db, orgId, someone(), [{ groupId: middle.id }]);
  await acceptInvitation(use.db, id);
  const count = async (table: 'group_members' | 'credits' | 'billing_entities' | 'users') => {
    const { rows } = await sql<{ count: number }>`
      select count(*) from ${sql.table(table)} where org_id = ${orgId}`.execute(use.db);
    return rows[0]?.count;
  };
  expect([await count('group_members'), await count('credits')]).toEqual([1, 1]);
  await deleteGroup(use.db, orgId, middle.id);
  expect([await count('group_members'), await count('credits')]).toEqual([0, 0]);
  expect([await count('billing_entities'), await count('users')]).toEqual([1, 1]);
});

test("another organization's group and an unknown one are not found, and nothing is touched", async () => {
  const { orgId } = await anOrganization(use.db);
  const theirs = await aFamily();
  const groups = await listGroups(use.db, theirs.orgId);
  await anInvitation(use.db, theirs.orgId, someone(), [{ groupId: theirs.middle.id }]);
  for (const id of [theirs.middle.id, unknownId()]) {
    await expect(deleteGroup(use.db, orgId, id)).rejects.toMatchObject({
      code: 'not_found',
      message: 'Group not found',
    });
  }
  expect(await listGroups(use.db, theirs.orgId)).toEqual(groups);
  const { rows } = await sql`select 1 from invites
    where org_id = ${theirs.orgId} and state = 'pending'`.execute(use.db);
  expect(rows).toHaveLength(1);
});

test('deleted while its invitations are accepted and revoked, each is the one or the other', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { orgId, websiteId, middle, top } = await aFamily();
    const invited = [];
    for (let index = 0; index < 6; index += 1) {
      const targets = [{ groupId: middle.id }, { websiteId }, { groupId: top.id }];
      invited.push((await anInvitation(use.db, orgId, someone(), targets)).id);
    }
    const viewer = { orgId, onlyKeyId: null };
    const settled = await Promise.allSettled<unknown>([
      ...invited.slice(0, 4).map((id) => acceptInvitation(use.db, id)),
      deleteGroup(use.db, orgId, middle.id),
      ...invited.slice(4).map((id) => revokeInvitation(use.db, viewer, id)),
    ]);
    expect(settled.filter((each) => each.status === 'rejected')).toEqual([]);
    const { rows } = await sql<{ state: string; gone: boolean }>`
      select state, target_id is null as gone from invites where org_id = ${orgId}`.execute(use.db);
    expect(rows.filter(({ state }) => state === 'pending')).toEqual([]);
    expect(rows.filter(({ gone }) => gone)).toHaveLength(6);
  }
});

test('an invite that is made just before the group is held is revoked with the others', async () => {
  const { orgId, middle } = await aFamily();
  const late = await anInvitation(use.db, orgId, someone(), []);
  let deleting: Promise<void> | undefined;
  await use.db.transaction().execute(async (trx) => {
    await trx
      .insertInto('invites')
      .values({
        id: newId(),
        org_id: orgId,
        invitation_id: late.id,
        group_id: middle.id,
        email: someone(),
        role: 'viewer',
        expires_at: inAnHour(),
      })
      .execute();
    deleting = deleteGroup(use.db, orgId, middle.id);
    await untilBlocked(use.db, 1);
  });
  await deleting;
  expect(await describeInvitation(use.db, late.id)).toMatchObject({ state: 'revoked' });
});

test('one that is made then and accepted while the group is held is accepted: neither waits for ever', async () => {
  const { orgId, middle } = await aFamily();
  const groupId = middle.id;
  await anInvitation(use.db, orgId, someone(), [{ groupId }]);
  const email = someone();
  const late = await anInvitation(use.db, orgId, email, []);
  let accepting: Promise<unknown> | undefined;
  const db = use.db.withPlugin(
    afterFirst(['from groups', 'for update'], async () => {
      accepting = acceptInvitation(use.db, late.id);
      await untilBlocked(use.db, 1);
    }),
  );
  let deleting: Promise<void> | undefined;
  await use.db.transaction().execute(async (trx) => {
    await trx
      .insertInto('invites')
      .values({
        id: newId(),
        org_id: orgId,
        invitation_id: late.id,
        group_id: groupId,
        email,
        role: 'viewer',
        expires_at: inAnHour(),
      })
      .execute();
    deleting = deleteGroup(db, orgId, groupId);
    await untilBlocked(use.db, 1);
  });
  await deleting;
  expect(await accepting).toMatchObject({ accepted: [{ group_id: groupId }] });
  expect(await findGroup(use.db, orgId, groupId)).toBeNull();
});

/** Do something once the first statement with all of these words has its answer, before it is heard of. */
function afterFirst(words: readonly string[], then: () => Promise<void>): KyselyPlugin {
  let done = false;
  const found = new WeakSet<object>();
  return {
    transformQuery({ node, queryId }) {
      const said = JSON.stringify(node);
      if (!done && words.every((word) => said.includes(word))) {
        done = true;
        found.add(queryId);
      }
      return node;
    },
    async transformResult({ result, queryId }) {
      if (found.has(queryId)) await then();
      return result;
    },
  };
}
