import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { acceptInvitation } from './accept-invitation.ts';
import { createGroup } from './create-group.ts';
import { deleteGroup } from './delete-group.ts';
import { findInvites } from './find-invites.ts';
import { anHourAgo, anInvitation, anOrganization, useDatabase } from './fixtures.ts';
import { revokeInvitation } from './revoke-invitation.ts';

const use = useDatabase();

async function twoGroups() {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const make = async (name: string) => (await createGroup(use.db, orgId, { name })).id;
  return { orgId, a: await make('A'), b: await make('B') };
}

type Invites = Parameters<typeof anInvitation>[3];
async function invited(orgId: string, email: string, invites: Invites) {
  const { id } = await anInvitation(use.db, orgId, email, invites);
  const { job_id } = await use.db
    .selectFrom('invitations')
    .select('job_id')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const rows = await use.db
    .selectFrom('invites')
    .select(['number', 'created_at'])
    .where('invitation_id', '=', id)
    .orderBy('number')
    .execute();
  const first = rows[0]!;
  const found = { email, number: first.number, invitationId: id, createdAt: first.created_at };
  return { id, jobId: job_id as string, found };
}

/** A job that was told of a pending invite to this target. */
async function toldOfAnother(orgId: string, email: string, targetId: string): Promise<string> {
  const { jobId } = await invited(orgId, email, [{ groupId: targetId, state: 'revoked' }]);
  await sql`delete from invites using invitations
    where invitations.job_id = ${jobId} and invites.invitation_id = invitations.id`.execute(use.db);
  await use.db
    .insertInto('outcomes')
    .values({
      job_id: jobId,
      round: 1,
      position: 0,
      org_id: orgId,
      target_id: targetId,
      status: 'failed',
      code: 'already_invited',
      message: 'An invitation to this group is already pending',
      attempts: 1,
    })
    .execute();
  return jobId;
}

let people = 0;
const someone = () => `invited-${(people += 1)}@example.com`;

test('what a job made counts by its first invite, whatever became of it', async () => {
  const { orgId, a, b } = await twoGroups();
  const emails = [someone(), someone(), someone(), someone()] as const;
  const made = await Promise.all(
    emails.map((email) => invited(orgId, email, [{ groupId: b }, { groupId: a }])),
  );
  await acceptInvitation(use.db, made[1]!.id);
  await revokeInvitation(use.db, { orgId, onlyKeyId: null }, made[2]!.id);
  await deleteGroup(use.db, orgId, b);
  const jobIds = made.map(({ jobId }) => jobId);
  const found = await findInvites(use.db, orgId, { jobIds, emails, targetIds: [a, b] });
  expect(found.toSorted((x, y) => x.number - y.number)).toEqual(
    made.map((each) => each.found).toSorted((x, y) => x.number - y.number),
  );
});

test('of others it is what is pending and in time, by the first target that has any', async () => {
  const { orgId, a, b } = await twoGroups();
  const [both, late, gone, elsewhere] = [someone(), someone(), someone(), someone()];
  const inB = await invited(orgId, both, [{ groupId: b }]);
  const inA = await invited(orgId, both, [{ groupId: a }]);
  await invited(orgId, late, [{ groupId: a, expiresAt: anHourAgo() }]);
  await invited(orgId, gone, [{ groupId: a, state: 'revoked' }]);
  await invited(orgId, elsewhere, [{ organizationId: orgId }]);
  const emails = [both, late, gone, elsewhere, someone()];
  const find = (targetIds: string[]) =>
    findInvites(use.db, orgId, { jobIds: [newId()], emails, targetIds });
  expect(await find([a, b])).toEqual([inA.found]);
  expect(await find([b, a])).toEqual([inB.found]);
  expect(await find([])).toEqual([]);
});

test('what a job made goes before what was pending, whatever their numbers', async () => {
  const { orgId, a, b } = await twoGroups();
  const email = someone();
  await invited(orgId, email, [{ groupId: a }]);
  const made = await invited(orgId, email, [{ groupId: b }]);
  const asked = { jobIds: [made.jobId], emails: [email], targetIds: [a, b] };
  expect(await findInvites(use.db, orgId, asked)).toEqual([made.found]);
});

test('a job that was told of a pending invite stands for it also after that was decided', async () => {
  const { orgId, a } = await twoGroups();
  const email = someone();
  const early = await invited(orgId, email, [{ groupId: a }]);
  await revokeInvitation(use.db, { orgId, onlyKeyId: null }, early.id);
  const pending = await invited(orgId, email, [{ groupId: a }]);
  const jobId = await toldOfAnother(orgId, email, a);
  const asked = { jobIds: [jobId], emails: [email], targetIds: [a] };
  expect(await findInvites(use.db, orgId, asked)).toEqual([pending.found]);
  await revokeInvitation(use.db, { orgId, onlyKeyId: null }, pending.id);
  expect(await findInvites(use.db, orgId, asked)).toEqual([pending.found]);
  await invited(orgId, email, [{ groupId: a }]);
  expect(await findInvites(use.db, orgId, asked)).toEqual([pending.found]);
  expect(await findInvites(use.db, orgId, { ...asked, jobIds: [] })).not.toEqual([pending.found]);
});

test("another organization's jobs and targets find nothing", async () => {
  const [mine, theirs] = [await twoGroups(), await twoGroups()];
  const email = someone();
  const { jobId } = await invited(theirs.orgId, email, [{ groupId: theirs.a }]);
  const told = await toldOfAnother(theirs.orgId, email, theirs.a);
  const asked = { jobIds: [jobId, told], emails: [email], targetIds: [theirs.a] };
  expect(await findInvites(use.db, mine.orgId, asked)).toEqual([]);
  expect(await findInvites(use.db, theirs.orgId, asked)).toHaveLength(1);
});
