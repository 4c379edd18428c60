import { deleteGroup } from '@usher/directory';
import { redriveJob } from '@usher/jobs';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { jobKinds } from '../registry.ts';
import { KIND_OPTIONS, outcomesOf, runJob, useKinds } from '../testing/use-kinds.ts';
import {
  addressesOf,
  aGroup,
  aSync,
  referencesOf,
  resultsOf,
  rosterOf,
  sync,
} from '../testing/use-rosters.ts';
import { findRosterSync } from './read-sync.ts';

const use = useKinds();
const people = (...references: string[]) =>
  references.map((reference_id) => ({ reference_id, email: `${reference_id}@roster.example` }));
const addresses = (...references: string[]) => references.map((one) => `${one}@roster.example`);
const nothing = { added: [], removed: [], failures: [] };

test('who is new is added, who is missing is removed, who is there stays', async () => {
  const group = await aGroup(use);
  const first = await sync(use, group, people('a', 'b'));
  expect([first.added.length, first.removed, first.failures]).toEqual([2, [], []]);
  const before = await rosterOf(use, group);
  expect(first.added.toSorted()).toEqual(before.map(({ id }) => id).toSorted());
  const second = await sync(use, group, people('b', 'c'));
  expect(await referencesOf(use, group)).toEqual(['b', 'c']);
  expect(second.removed).toEqual([before[0]?.id]);
  expect(second.added).toEqual([(await rosterOf(use, group))[1]?.id]);
});

test('who is there is updated, and only whoever is not so already', async () => {
  const group = await aGroup(use);
  await sync(use, group, people('a', 'b'));
  const [a, b] = await rosterOf(use, group);
  const renamed = people('a', 'b').map((person, at) => ({
    ...person,
    ...(at === 0 && { first_name: 'Zoë' }),
  }));
  expect(await sync(use, group, renamed)).toEqual(nothing);
  const [newA, newB] = await rosterOf(use, group);
  expect(newA).toEqual({ ...a, first_name: 'Zoë', updated_at: newA?.updated_at });
  expect(newA?.updated_at).not.toEqual(a?.updated_at);
  expect(newB).toEqual(b);
});

test('an empty roster empties the group', async () => {
  const group = await aGroup(use);
  await sync(use, group, people('a', 'b'));
  expect((await sync(use, group, [])).removed).toHaveLength(2);
  expect([await referencesOf(use, group), await addressesOf(use, group)]).toEqual([[], []]);
  expect(await sync(use, group, [])).toEqual(nothing);
});

test('the same roster twice changes nothing the second time', async () => {
  const group = await aGroup(use);
  await sync(use, group, people('a', 'b'));
  const before = await rosterOf(use, group);
  expect(await sync(use, group, people('b', 'a'))).toEqual(nothing);
  expect(await rosterOf(use, group)).toEqual(before);
});

test('who has an address is a member of the group while they are on its roster', async () => {
  const group = await aGroup(use);
  await sync(use, group, [{ reference_id: 'nobody' }, ...people('a', 'b')]);
  expect(await addressesOf(use, group)).toEqual(addresses('a', 'b'));
  await sync(use, group, [
    { reference_id: 'nobody', email: '' },
    { reference_id: 'a', email: 'other@roster.example' },
    { reference_id: 'b', email: null },
  ]);
  expect(await addressesOf(use, group)).toEqual(['other@roster.example']);
});

test('a member for another reason stays one when they leave the roster', async () => {
  const group = await aGroup(use);
  await sync(use, await aGroup(use), people('a'));
  await sql`insert into group_members (org_id, group_id, user_id, role)
    select org_id, ${group}, id, 'admin' from users where email = ${addresses('a')[0]}`.execute(
    use.db,
  );
  await sync(use, group, people('a', 'b'));
  await sync(use, group, []);
  expect(await addressesOf(use, group)).toEqual(addresses('a'));
});

test('two who share an address are one member, until both are gone', async () => {
  const group = await aGroup(use);
  const [email] = addresses('shared');
  const pair = [
    { reference_id: '1', email },
    { reference_id: '2', email: email?.toUpperCase() },
  ];
  expect((await sync(use, group, pair)).added).toHaveLength(2);
  expect(await addressesOf(use, group)).toEqual([email]);
  await sync(use, group, pair.slice(1));
  expect(await addressesOf(use, group)).toEqual([email]);
  await sync(use, group, []);
  expect(await addressesOf(use, group)).toEqual([]);
});

test('one whose address is none fails alone, and stays as they were', async () => {
  const group = await aGroup(use);
  await sync(use, group, people('a', 'b'));
  const before = await rosterOf(use, group);
  const wrong = { email: 'not an address' };
  const { added, removed, failures } = await sync(use, group, [
    { reference_id: 'a', ...wrong },
    { reference_id: 'c', ...wrong, last_name: 'x'.repeat(256) },
    ...people('d'),
  ]);
  expect([added.length, removed.length]).toEqual([1, 1]);
  expect(failures).toEqual([
    { reference_id: 'a', operation: 'add', reason: 'email must be an email address' },
    {
      reference_id: 'c',
      operation: 'add',
      reason: 'last_name must have at most 255 characters; email must be an email address',
    },
  ]);
  expect((await rosterOf(use, group))[0]).toEqual(before[0]);
  expect(await referencesOf(use, group)).toEqual(['a', 'd']);
});

test('one whom the database refuses fails alone', async () => {
  const group = await aGroup(use);
  await sql`create function refuse_cursed() returns trigger language plpgsql as $$
    begin raise exception 'cursed' using errcode = '23514'; end $$`.execute(use.db);
  await sql`create trigger refuse_cursed before insert on roster_members for each row
    when (new.reference_id like 'cursed%') execute function refuse_cursed()`.execute(use.db);
  const all = [...people('a', 'cursed-1', 'b', 'c', 'cursed-2'), { reference_id: 'd' }];
  const { added, failures } = await sync(use, group, all);
  expect(added).toHaveLength(4);
  const reason = 'could not be written (SQLSTATE 23514)';
  expect(failures.toSorted((x, y) => (x.reference_id < y.reference_id ? -1 : 1))).toEqual([
    { reference_id: 'cursed-1', operation: 'add', reason },
    { reference_id: 'cursed-2', operation: 'add', reason },
  ]);
  expect(await referencesOf(use, group)).toEqual(['a', 'b', 'c', 'd']);
  expect(await addressesOf(use, group)).toEqual(addresses('a', 'b', 'c'));
});

test('an older sync that comes after a later one changes nothing, and says so', async () => {
  const group = await aGroup(use);
  await sync(use, group, people('a'));
  const older = await aSync(use, group, people('unborn'));
  const later = await aSync(use, group, people('c'));
  await runJob(use, later);
  await runJob(use, older);
  expect(await referencesOf(use, group)).toEqual(['c']);
  expect(await outcomesOf(use.db, older)).toMatchObject([{ status: 'failed', code: 'superseded' }]);
  const reason = 'A later sync of this group was applied before';
  expect(await resultsOf(use, group, older)).toEqual({
    added: [],
    removed: [],
    failures: [
      { reference_id: 'unborn', operation: 'add', reason },
      { reference_id: 'c', operation: 'remove', reason },
    ],
  });
  const { rows } = await sql`select from users where email = ${addresses('unborn')[0]}`.execute(
    use.db,
  );
  expect(rows).toEqual([]);
});

test('a later sync that never ran stands in no way', async () => {
  const group = await aGroup(use);
  const older = await aSync(use, group, people('a'));
  const later = await aSync(use, group, people('b'));
  await sql`update jobs set cancel_requested_at = now() where id = ${later}`.execute(use.db);
  await runJob(use, later);
  await runJob(use, older);
  expect(await referencesOf(use, group)).toEqual(['a']);
  expect((await resultsOf(use, group, later)).failures).toEqual([
    {
      reference_id: 'b',
      operation: 'add',
      reason: 'The job was canceled before this target was reached',
    },
  ]);
});

const CANCELED = 'The job was canceled before this target was reached';
const cancel = (jobId: string) =>
  sql`update jobs set cancel_requested_at = now() where id = ${jobId}`.execute(use.db);
const redrive = (jobId: string, codes: string[]) =>
  use.db.transaction().execute((trx) =>
    redriveJob(trx, jobKinds(KIND_OPTIONS), {
      viewer: { orgId: use.orgId, onlyKeyId: null },
      jobId,
      codes,
    }),
  );

test('what a canceled sync says of who was to go stays so when the roster changes later', async () => {
  const group = await aGroup(use);
  await sync(use, group, people('a'));
  const canceled = await aSync(use, group, people('b'));
  await cancel(canceled);
  await runJob(use, canceled);
  await sync(use, group, people('b', 'c'));
  expect((await resultsOf(use, group, canceled)).failures).toEqual([
    { reference_id: 'b', operation: 'add', reason: CANCELED },
    { reference_id: 'a', operation: 'remove', reason: CANCELED },
  ]);
});

test('a sync that is tried again says what its last round came to', async () => {
  const group = await aGroup(use);
  const older = await aSync(use, group, people('a'));
  await sync(use, group, people('b'));
  await runJob(use, older);
  await redrive(older, ['superseded']);
  const where = { orgId: use.orgId, groupId: group, jobId: older };
  expect(await findRosterSync(use.db, where)).toMatchObject({ completedAt: null, results: null });
  await cancel(older);
  await runJob(use, older);
  expect((await resultsOf(use, group, older)).failures).toEqual([
    { reference_id: 'a', operation: 'add', reason: CANCELED },
    { reference_id: 'b', operation: 'remove', reason: CANCELED },
  ]);
});

test('a canceled sync that is tried again with nothing applied since has its effect', async () => {
  const group = await aGroup(use);
  const jobId = await aSync(use, group, people('a'));
  await cancel(jobId);
  await runJob(use, jobId);
  await redrive(jobId, ['canceled']);
  await runJob(use, jobId);
  const { added, failures } = await resultsOf(use, group, jobId);
  expect([added.length, failures, await referencesOf(use, group)]).toEqual([1, [], ['a']]);
});

test('a redrive of a sync that was applied changes nothing of what it says', async () => {
  const group = await aGroup(use);
  const jobId = await aSync(use, group, people('a'));
  await runJob(use, jobId);
  const before = await resultsOf(use, group, jobId);
  await use.db.transaction().execute((trx) =>
    redriveJob(trx, jobKinds(KIND_OPTIONS), {
      viewer: { orgId: use.orgId, onlyKeyId: null },
      jobId,
      resendEmail: true,
    }),
  );
  expect(await resultsOf(use, group, jobId)).toEqual(before);
});

test('a member at whom a statement ran out of time is no failure: all of it is tried again', async () => {
  const group = await aGroup(use);
  await sql`create function dawdle() returns trigger language plpgsql as $$
    begin raise exception 'canceling statement due to statement timeout' using errcode = '57014'; end $$`.execute(
    use.db,
  );
  await sql`create trigger dawdle before insert on roster_members for each row
    when (new.reference_id = 'slow') execute function dawdle()`.execute(use.db);
  const jobId = await aSync(use, group, people('a', 'slow'));
  await runJob(use, jobId);
  expect([await outcomesOf(use.db, jobId), await referencesOf(use, group)]).toEqual([[], []]);
  await sql`drop trigger dawdle on roster_members`.execute(use.db);
  await runJob(use, jobId);
  expect(await referencesOf(use, group)).toEqual(['a', 'slow']);
});

test('a group that went meanwhile is not found, and its client is told', async () => {
  const group = await aGroup(use);
  const jobId = await aSync(use, group, people('a'));
  await deleteGroup(use.db, use.orgId, group);
  await runJob(use, jobId);
  expect(await outcomesOf(use.db, jobId)).toMatchObject([{ status: 'failed', code: 'not_found' }]);
  expect((await resultsOf(use, group, jobId)).failures).toEqual([
    { reference_id: 'a', operation: 'add', reason: 'Group not found' },
  ]);
});

test('a sync leaves its members on the roster alone', async () => {
  const group = await aGroup(use);
  const jobId = await aSync(use, group, people('a'));
  await runJob(use, jobId);
  const { members } = await use.db
    .selectFrom('roster_syncs')
    .select('members')
    .where('job_id', '=', jobId)
    .executeTakeFirstOrThrow();
  expect(members).toEqual([]);
});
