import { INVITATION_STATES, type InvitationState } from '@usher/contracts';
import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { acceptInvitation } from './accept-invitation.ts';
import { createApiKey } from './create-api-key.ts';
import { describeInvitation } from './describe-invitation.ts';
import { listInvitations, requireInvitation } from './find-invitations.ts';
import {
  anHourAgo,
  anInvitation,
  anOrganization,
  inAnHour,
  unknownId,
  useDatabase,
} from './fixtures.ts';
import { invitationState, invitationStateSql } from './invitation-state.ts';
import { revokeInvite } from './revoke-invite.ts';

const use = useDatabase();

const all = (orgId: string, query: object = {}) =>
  listInvitations(use.db, { orgId, onlyKeyId: null }, { limit: 50, ...query });
const idsOf = async (orgId: string, query: object = {}) =>
  (await all(orgId, query)).invitations.map(({ id }) => id);

async function jobOf(invitationId: string): Promise<string> {
  const { job_id } = await use.db
    .selectFrom('invitations')
    .select('job_id')
    .where('id', '=', invitationId)
    .executeTakeFirstOrThrow();
  return job_id;
}

/** One in each state, by state. */
async function oneOfEach() {
  const { orgId, websites } = await anOrganization(use.db);
  const site = (n: number) => ({ websiteId: websites[n]!.id });
  const past = { expiresAt: anHourAgo() };
  const invite = (name: string, invites: Parameters<typeof anInvitation>[3]) =>
    anInvitation(use.db, orgId, `${name}@example.com`, invites);
  const pending = await invite('pending', [
    site(0),
    { ...site(1), ...past },
    { ...site(2), state: 'revoked' },
  ]);
  const accepted = await invite('accepted', [site(0), { ...site(1), ...past }]);
  await acceptInvitation(use.db, accepted.id);
  const revoked = await invite('revoked', [site(0), { ...site(1), ...past }]);
  await revokeInvite(use.db, orgId, revoked.inviteIds[0]!, null);
  const expired = await invite('expired', [{ ...site(0), ...past }]);
  return {
    orgId,
    ids: { pending: pending.id, accepted: accepted.id, revoked: revoked.id, expired: expired.id },
  };
}

test('the state is the same function in SQL, for every combination of invites', async () => {
  for (const acceptedAt of [null, new Date()]) {
    for (let mask = 0; mask < 16; mask += 1) {
      const count = (state: InvitationState) => (mask >> INVITATION_STATES.indexOf(state)) & 1;
      const counts = {
        pending: count('pending'),
        accepted: count('accepted'),
        revoked: count('revoked'),
        expired: count('expired'),
      };
      const { rows } = await sql<{ state: string }>`
        select ${invitationStateSql} as state
        from (select ${counts.pending}::int as pending, ${counts.accepted}::int as accepted,
          ${counts.revoked}::int as revoked) as counted,
        (select ${acceptedAt}::timestamptz as accepted_at) as invitation`.execute(use.db);
      expect([counts, rows[0]!.state]).toEqual([counts, invitationState(counts, acceptedAt)]);
    }
  }
});

test('each state has its filter, and the list, the one and the page agree on it', async () => {
  const { orgId, ids } = await oneOfEach();
  for (const state of INVITATION_STATES) {
    const { invitations } = await all(orgId, { state });
    expect(invitations).toMatchObject([{ id: ids[state], state }]);
    const one = await requireInvitation(use.db, { orgId, onlyKeyId: null }, ids[state]);
    expect(one).toEqual(invitations[0]);
    const page = await describeInvitation(use.db, ids[state]);
    expect(page).toMatchObject({ state, expiresAt: new Date(one.expires_at) });
  }
  expect(await idsOf(orgId)).toEqual(Object.values(ids).toSorted().toReversed());
});

test('an invitation tells how many of its targets stand how, and nothing of which they are', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const expiresAt = inAnHour();
  const { id } = await anInvitation(use.db, orgId, 'ann@example.com', [
    { websiteId: websites[0]!.id, expiresAt },
    { websiteId: websites[1]!.id, expiresAt: anHourAgo() },
    { websiteId: websites[2]!.id, state: 'revoked' },
  ]);
  const { invitations, next_cursor } = await all(orgId);
  expect([invitations, next_cursor]).toEqual([
    [
      {
        id,
        job_id: await jobOf(id),
        email: 'ann@example.com',
        state: 'pending',
        targets: { total: 3, pending: 1, accepted: 0, revoked: 1, expired: 1 },
        created_at: expect.stringMatching(/Z$/),
        expires_at: expiresAt.toISOString(),
        accepted_at: null,
        email_state: null,
      },
    ],
    '',
  ]);
});

test('address and job find theirs; pages follow each other, newest first', async () => {
  const { orgId, websites } = await anOrganization(use.db, { count: 5 });
  const made: string[] = [];
  for (const { id: websiteId } of websites) {
    made.push((await anInvitation(use.db, orgId, 'cara@example.com', [{ websiteId }])).id);
  }
  const websiteId = websites[0]!.id;
  const other = await anInvitation(use.db, orgId, 'dan@example.com', [{ websiteId }]);
  expect(await idsOf(orgId, { email: 'dan@example.com' })).toEqual([other.id]);
  expect(await idsOf(orgId, { job_id: await jobOf(made[2]!) })).toEqual([made[2]]);
  const seen: string[] = [];
  let cursor = '';
  do {
    const page = await all(orgId, { email: 'cara@example.com', limit: 2, cursor });
    seen.push(...page.invitations.map(({ id }) => id));
    cursor = page.next_cursor;
  } while (cursor !== '');
  expect(seen).toEqual(made.toReversed());
  await expect(all(orgId, { cursor: 'x' })).rejects.toMatchObject({ code: 'invalid_request' });
});

test('the newest email’s state is the invitation’s', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const { id } = await anInvitation(use.db, orgId, 'eva@example.com', [
    { websiteId: websites[0]!.id },
  ]);
  for (const [number, state] of [
    [1, 'failed'],
    [2, 'pending'],
  ] as const) {
    await use.db
      .insertInto('sendings')
      .values({
        id: newId(),
        org_id: orgId,
        purpose: 'invitation',
        subject_id: id,
        number,
        state,
        recipient: 'eva@example.com',
        message_id: newId(),
      })
      .execute();
    expect((await all(orgId)).invitations).toMatchObject([{ email_state: state }]);
  }
});

test('a scoped key sees the invitations of its own jobs, and no organization another’s', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const stranger = await anOrganization(use.db);
  const websiteId = websites[0]!.id;
  const mine = await createApiKey(use.db, { orgId, websiteIds: [websiteId] });
  const own = await anInvitation(use.db, orgId, 'fay@example.com', [{ websiteId }]);
  const job = await jobOf(own.id);
  await sql`update jobs set api_key_id = ${mine.id} where id = ${job}`.execute(use.db);
  const other = await anInvitation(use.db, orgId, 'gil@example.com', [{ websiteId }]);

  const viewer = { orgId, onlyKeyId: mine.id };
  const { invitations } = await listInvitations(use.db, viewer, { limit: 50 });
  expect(invitations.map(({ id }) => id)).toEqual([own.id]);
  expect(await requireInvitation(use.db, viewer, own.id)).toEqual(invitations[0]);
  const notFound = { code: 'not_found' };
  await expect(requireInvitation(use.db, viewer, other.id)).rejects.toMatchObject(notFound);
  const foreign = { orgId: stranger.orgId, onlyKeyId: null };
  await expect(requireInvitation(use.db, foreign, own.id)).rejects.toMatchObject(notFound);
  await expect(requireInvitation(use.db, viewer, unknownId())).rejects.toMatchObject(notFound);
  expect(await idsOf(stranger.orgId)).toEqual([]);
});

test('an invitation without invites is not there', async () => {
  const { orgId } = await anOrganization(use.db);
  const { id } = await anInvitation(use.db, orgId, 'hal@example.com', []);
  expect(await idsOf(orgId)).toEqual([]);
  await expect(requireInvitation(use.db, { orgId, onlyKeyId: null }, id)).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('however many there are, a page looks at some of them alone, and following the cursors finds all that fit', async () => {
  const { orgId, websites } = await anOrganization(use.db);
  const first = await anInvitation(use.db, orgId, 'ida@example.com', [
    { websiteId: websites[0]!.id, state: 'revoked' },
  ]);
  const job = await jobOf(first.id);
  // Ids in the order of time, as ours are.
  await sql`
    with made as (
      insert into invitations (id, org_id, job_id, email, remaining)
      select ('ffffffff-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, ${orgId}, ${job},
        n || '@example.com', 0
      from generate_series(1, 5000) as n
      returning id, email)
    insert into invites (id, org_id, invitation_id, website_id, email, role, expires_at)
    select gen_random_uuid(), ${orgId}, id, ${websites[0]!.id}, email, 'viewer', now() + interval '1 h'
    from made`.execute(use.db);
  const middle = 'ffffffff-0000-7000-8000-000000002500';
  await sql`update invites set state = 'revoked', decided_at = now()
    where invitation_id = ${middle}`.execute(use.db);
  const pages: string[][] = [];
  let cursor = '';
  do {
    const page = await all(orgId, { state: 'revoked', cursor });
    pages.push(page.invitations.map(({ id }) => id));
    cursor = page.next_cursor;
  } while (cursor !== '');
  expect(pages).toEqual([[], [middle], [first.id]]);

  const seen: string[] = [];
  do {
    const page = await all(orgId, { limit: 200, cursor });
    seen.push(...page.invitations.map(({ id }) => id));
    cursor = page.next_cursor;
  } while (cursor !== '');
  expect([seen.length, new Set(seen).size]).toEqual([5_001, 5_001]);
});
