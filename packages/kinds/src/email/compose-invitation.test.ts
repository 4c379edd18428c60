import { deleteGroup, createGroup } from '@usher/directory';
import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { aBulkInvite, runJob, useKinds } from '../testing/use-kinds.ts';
import { composeInvitations } from './compose-invitation.ts';

const use = useKinds();
const END = '2999-01-01T00:00:00.000Z';

async function composed(
  targetIds: string[],
  input: NonNullable<Parameters<typeof aBulkInvite>[2]> = {},
) {
  const jobId = await aBulkInvite(use, targetIds, input);
  await runJob(use, jobId);
  const { id } = await use.db
    .selectFrom('invitations')
    .select('id')
    .where('job_id', '=', jobId)
    .executeTakeFirstOrThrow();
  const compose = async (orgId = use.orgId) =>
    (
      await composeInvitations(
        use.db,
        [{ org_id: orgId, subject_id: id }],
        (of) => `https://a.test/${of}`,
      )
    )[0];
  return { id, compose };
}

test('it says what whoever invites said, in their lines', async () => {
  const { compose } = await composed(use.websiteIds.slice(0, 1), { text: 'See you\non Monday' });
  expect(await compose()).toMatchObject({ text: 'See you\non Monday' });
});

test.each([[null], [undefined]])('a text that is %s is none', async (text) => {
  const { compose } = await composed(use.websiteIds.slice(0, 1), text === null ? { text } : {});
  const content = await compose();
  expect(content).not.toBeNull();
  expect(content).not.toHaveProperty('text');
});

test('it names what is pending in the order of the request, as what, and where to accept it', async () => {
  const [a, b] = use.websiteIds as [string, string];
  const { id, compose } = await composed([b, a], { role: 'admin', first_name: 'Ann' });
  expect(await compose()).toEqual({
    template: 'invitation',
    organization: 'Acme',
    firstName: 'Ann',
    items: [
      { kind: 'website', name: 'site-1.example', role: 'admin' },
      { kind: 'website', name: 'site-0.example', role: 'admin' },
    ],
    acceptUrl: `https://a.test/${id}`,
    expiresAt: expect.any(Date),
  });
});

test('a deadline that comes late leaves the usual end, and one that comes early is the end', async () => {
  const usual = await composed(use.websiteIds.slice(0, 1));
  const late = await composed(use.websiteIds.slice(0, 1), { ends_at: END });
  const soon = new Date(Date.now() + 3_600_000);
  const early = await composed(use.websiteIds.slice(0, 1), { ends_at: soon.toISOString() });
  const end = async ({ compose }: typeof usual) => Number((await compose())?.expiresAt);
  expect(Math.abs((await end(usual)) - (await end(late)))).toBeLessThan(60_000);
  expect(await end(early)).toBe(soon.getTime());
});

test('a group that is gone is left out, and where nothing else is pending there is nothing to say', async () => {
  const [gone, stays] = await Promise.all(
    ['Gone', 'Stays'].map((name) => createGroup(use.db, use.orgId, { name })),
  );
  const target = 'group' as const;
  const both = await composed([gone!.id, stays!.id], { target, text: 'Both' });
  const alone = await composed([gone!.id], { target, text: 'Alone' });
  await deleteGroup(use.db, use.orgId, gone!.id);
  expect(await both.compose()).toMatchObject({
    items: [{ kind: 'group', name: 'Stays', role: 'viewer' }],
    text: 'Both',
  });
  expect(await alone.compose()).toBeNull();
});

test('what has expired is not told, nor is anything to another organization', async () => {
  const { id, compose } = await composed(use.websiteIds.slice(0, 1), { text: 'Hi' });
  expect(await compose(newId())).toBeNull();
  await sql`update invites set expires_at = now() where invitation_id = ${id}`.execute(use.db);
  expect(await compose()).toBeNull();
});
