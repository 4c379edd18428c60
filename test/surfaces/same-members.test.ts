import { newId } from '@usher/db';
import { createGroup } from '@usher/directory';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestOrganization } from '../support/test-api.ts';
import { startWorkingApi, type WorkingApi } from './start-working-api.ts';
import { idOf } from '../api/use-connect.ts';
import { waitFor } from '../support/wait-for.ts';
import { ask, athena, connect, konstantly, type Request, type Surface } from './surface.ts';

let usher: WorkingApi;
let tenant: TestOrganization;
beforeAll(async () => {
  usher = await startWorkingApi();
  tenant = usher.api.partner;
});
afterAll(() => usher.close());

interface Group {
  id: string;
  number: number;
}
const aGroup = (): Promise<Group> =>
  createGroup(usher.api.db, tenant.id, { name: 'Nord', websiteIds: tenant.websiteIds.slice(0, 1) });
const person = () => `${newId()}@example.com`;

async function must<Body>(surface: Surface, request: Request): Promise<Body> {
  const answer = await ask<Body>(usher.api, surface, { key: tenant.key, ...request });
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}
const post = <Body = unknown>(surface: Surface, path: string, json: object) =>
  must<Body>(surface, { method: 'POST', path, json });

/** What Konstantly counts of a group, alone and in its list. */
async function countOf({ number }: Group): Promise<number[]> {
  interface Counted {
    id: number;
    usersCount: number;
  }
  const path = `/groups/${number}`;
  const one = await must<Counted>(konstantly, { method: 'GET', path });
  const { groups } = await must<{ groups: Counted[] }>(konstantly, {
    method: 'GET',
    path: '/groups?limit=1000',
  });
  return [one.usersCount, groups.find(({ id }) => id === number)!.usersCount];
}

/** Who reaches the website of all these groups by a group, as Athena says it. */
async function reached(): Promise<string[]> {
  const path = `/websites/${tenant.websiteIds[0]}/members`;
  const { members } = await must<{ members: Array<{ email: string; access_type: string }> }>(
    athena,
    { method: 'GET', path },
  );
  return members.flatMap(({ email, access_type }) => (access_type === 'group' ? [email] : []));
}

const direct = (email: string, more: object) => ({ invite_method: 'direct', email, ...more });

test('whom Athena invites directly, in bulk, Konstantly counts in each of the groups', async () => {
  const [first, second] = [await aGroup(), await aGroup()];
  for (const [count, groups] of [
    [1, [first, second]],
    [2, [first, second]],
    [3, [first]],
  ] as const) {
    const email = person();
    const group_ids = groups.map(({ id }) => id);
    const { results } = await post<{ results: Array<{ success: boolean }> }>(
      athena,
      '/invites/bulk',
      direct(email, { group_ids }),
    );
    expect(results.map(({ success }) => success)).toEqual(group_ids.map(() => true));
    expect(await countOf(first)).toEqual([count, count]);
    expect(await reached()).toContain(email);
  }
  expect(await countOf(second)).toEqual([2, 2]);
});

test('whom Athena invites alone, and again, Konstantly counts once', async () => {
  const group = await aGroup();
  const invitation = direct(person(), { type: 'group', group_id: group.id });
  for (const success of [true, false]) {
    expect(await post(athena, '/invites', invitation)).toMatchObject({ success });
    expect(await countOf(group)).toEqual([1, 1]);
  }
});

test('whom Konstantly puts into a group Athena finds a member of it, and of its websites', async () => {
  const [joined, group] = [await aGroup(), await aGroup()];
  const email = person();
  await post(athena, '/invites', direct(email, { type: 'organization' }));
  expect(await reached()).not.toContain(email);
  const { number } = await usher.api.db
    .selectFrom('users')
    .select('number')
    .where('email', '=', email)
    .executeTakeFirstOrThrow();
  const groups = [joined.number, group.number];
  expect(await post(konstantly, `/users/${number}/groups`, { groups })).toMatchObject({
    groups: [{ usersCount: 1 }, { usersCount: 1 }],
  });
  expect(await reached()).toContain(email);
  const again = direct(email, { group_ids: [joined.id] });
  expect(await post(athena, '/invites/bulk', again)).toMatchObject({
    results: [{ success: false, error: 'User is already a member of this group' }],
  });
  expect(await countOf(joined)).toEqual([1, 1]);
});

test('an invite of one surface is pending on the other, and whoever accepts it is counted', async () => {
  const group = await aGroup();
  const email = person();
  const [invited] = await post<Array<{ inviteUrl: string }>>(konstantly, '/invites', {
    emails: [email],
    groups: [group.number],
  });
  const mailed = { invite_method: 'email', email, type: 'group', group_id: group.id };
  expect(await post(athena, '/invites', mailed)).toEqual({
    success: false,
    message: 'An invitation to this group is already pending',
  });
  expect(await countOf(group)).toEqual([0, 0]);
  const token = new URL(invited!.inviteUrl).searchParams.get('token');
  await post(athena, '/invitations/accept', { token });
  expect(await countOf(group)).toEqual([1, 1]);
  expect(await reached()).toContain(email);
});

/** Makes this the group's roster through Connect. */
async function sync({ id }: Group, emails: Array<string | null>): Promise<void> {
  const members = emails.map((email, index) => ({
    reference_id: email ?? `nobody-${index}`,
    first_name: 'Ann',
    last_name: 'Ash',
    email,
  }));
  const path = `/groups/${idOf(id)}/members/sync`;
  const { data } = await post<{ data: { request_id: string } }>(connect, path, { members });
  await waitFor('the sync is done', async () => {
    const done = await must<{ data: { completed_at: string | null; results: object } }>(connect, {
      method: 'GET',
      path: `${path}/${data.request_id}`,
    });
    expect(done.data.results ?? { failures: [] }).toMatchObject({ failures: [] });
    return done.data.completed_at !== null;
  });
}

test('whom Connect syncs with an address Konstantly counts and Athena finds, until a sync leaves them out', async () => {
  const group = await aGroup();
  const [stays, goes] = [person(), person()];
  await sync(group, [stays, goes, null]);
  expect(await countOf(group)).toEqual([2, 2]);
  expect(await reached()).toEqual(expect.arrayContaining([stays, goes]));
  const again = direct(stays, { group_ids: [group.id] });
  expect(await post(athena, '/invites/bulk', again)).toMatchObject({
    results: [{ success: false, error: 'User is already a member of this group' }],
  });
  await sync(group, [stays]);
  expect(await countOf(group)).toEqual([1, 1]);
  const emails = await reached();
  expect([emails.includes(stays), emails.includes(goes)]).toEqual([true, false]);
});

test('an empty sync leaves whom Athena invited where they are', async () => {
  const group = await aGroup();
  const [invited, synced] = [person(), person()];
  await post(athena, '/invites/bulk', direct(invited, { group_ids: [group.id] }));
  await sync(group, [synced]);
  expect(await countOf(group)).toEqual([2, 2]);
  await sync(group, []);
  expect(await countOf(group)).toEqual([1, 1]);
  const emails = await reached();
  expect([emails.includes(invited), emails.includes(synced)]).toEqual([true, false]);
});

test('members go with a group that Konstantly deletes, and so does what it let them reach', async () => {
  const group = await aGroup();
  const email = person();
  await post(athena, '/invites/bulk', direct(email, { group_ids: [group.id] }));
  expect(await reached()).toContain(email);
  await must(konstantly, { method: 'DELETE', path: `/groups/${group.number}` });
  expect(await reached()).not.toContain(email);
  expect(
    await post(athena, '/invites/bulk', direct(email, { group_ids: [group.id] })),
  ).toMatchObject({
    results: [{ group_id: group.id, success: false, error: 'Group not found' }],
  });
});
