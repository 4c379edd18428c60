import { createApiKey, createGroup, createOrganization, deleteGroup } from '@usher/directory';
import { createDatabase, newId } from '@usher/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';
import { waitFor } from '../support/wait-for.ts';
import { ask, expectError, idOf, ISO } from './use-connect.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

interface Receipt {
  data: { request_id: string; group_id: string; accepted_at: string };
}

const aGroup = async (orgId = api.organization.id) =>
  (await createGroup(api.db, orgId, { name: 'Team', websiteIds: [] })).id;
const member = (reference_id: string, more: object = {}) => ({
  reference_id,
  first_name: 'Ann',
  last_name: 'Lee',
  ...more,
});
const send = (group: string, body: unknown, options: object = {}) =>
  ask<Receipt>(api, 'POST', `/groups/${idOf(group)}/members/sync`, {
    key: api.organization.key,
    json: body,
    ...options,
  });
const read = (group: string, requestId: string, key = api.organization.key) =>
  ask<{ data: object }>(api, 'GET', `/groups/${idOf(group)}/members/sync/${requestId}`, { key });
const syncs = (group: string) =>
  api.db.selectFrom('roster_syncs').selectAll().where('group_id', '=', group).execute();
const jobIdOf = (requestId: string) =>
  Buffer.from(requestId.slice('grpmsr_'.length), 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

test('a sync is accepted with a receipt, and has no results until it is done', async () => {
  const group = await aGroup();
  const { status, body } = await send(group, { members: [member('a')] });
  expect([status, body]).toEqual([
    202,
    {
      data: {
        request_id: expect.stringMatching(/^grpmsr_[\w-]{22}$/),
        group_id: idOf(group),
        accepted_at: expect.stringMatching(ISO),
      },
    },
  ]);
  const found = await read(group, body.data.request_id);
  expect([found.status, found.body]).toEqual([
    200,
    { data: { ...body.data, completed_at: null, results: null } },
  ]);
});

test('a sync is a job like any other', async () => {
  const group = await aGroup();
  const { body } = await send(group, { members: [member('a'), member('b')] });
  const { key } = api.organization;
  const path = `/api/v1/jobs/${jobIdOf(body.data.request_id)}`;
  const { status, body: told } = await call<{ job: object }>(api, 'GET', path, { key });
  expect([status, told.job]).toMatchObject([
    200,
    { kind: 'roster-sync', state: 'queued', counts: { total: 1, pending: 1 } },
  ]);
  const targets = await call<{ targets: object[] }>(api, 'GET', `${path}/targets`, { key });
  expect(targets.body.targets).toMatchObject([{ group_id: group, status: 'pending' }]);
  const log = await call<{ entries: object[] }>(api, 'GET', '/api/v1/audit-log?limit=1', { key });
  expect(log.body.entries).toMatchObject([
    { action: 'job.submit', after: { kind: 'roster-sync', input: { members: 2 } } },
  ]);
});

test('a repeat under one Idempotency-Key is one sync; another roster under it is refused', async () => {
  const group = await aGroup();
  const headers = { 'idempotency-key': newId() };
  const [one, two] = await Promise.all(
    [1, 2].map(() => send(group, { members: [member('a')] }, { headers })),
  );
  expect(one?.body).toEqual(two?.body);
  const replayed = [one, two].map((answer) => answer?.headers.get('idempotent-replayed'));
  expect(new Set(replayed)).toEqual(new Set([null, 'true']));
  const other = await send(group, { members: [] }, { headers });
  expectError(other, [422, 'idempotency_key_reused']);
  expect(await syncs(group)).toHaveLength(1);
});

test.each<[what: string, body: unknown, words: string]>([
  ['no members', {}, 'members'],
  ['members that are no list', { members: { a: 1 } }, 'members'],
  ['null', null, 'members'],
  ['a member without a reference', { members: [{ first_name: 'A', last_name: 'B' }] }, 'members.0'],
  ['an empty reference', { members: [member('a'), member('  ')] }, 'members.1.reference_id'],
  ['a reference of 256', { members: [member('x'.repeat(256))] }, 'members.0.reference_id'],
  ['a reference with NUL', { members: [member('a\u0000b')] }, 'members.0.reference_id'],
  ['a member without names', { members: [{ reference_id: 'a' }] }, 'members.0.first_name'],
  ['a repeated reference', { members: [member('a'), member(' a')] }, 'members.1.reference_id'],
])('%s is refused with 400, and nothing is accepted', async (_, body, words) => {
  const group = await aGroup();
  expectError(await send(group, body), [400, 'invalid_request'], words);
  expect(await syncs(group)).toEqual([]);
});

test('what is wrong with one member alone is no error of the request', async () => {
  const group = await aGroup();
  const members = [member('a', { email: 'x' }), member('b', { last_name: 'NUL \u0000' })];
  expect((await send(group, { members, unknown: 1 })).status).toBe(202);
  expect((await syncs(group))[0]?.members).toEqual([
    { reference_id: 'a', reason: 'email must be an email address' },
    { reference_id: 'b', reason: 'last_name must not contain control characters' },
  ]);
});

test('a roster of 10,000 with long names is taken; one more member is a 413 that names the limit', async () => {
  const group = await aGroup();
  const long = { first_name: 'f'.repeat(250), last_name: 'l'.repeat(250) };
  const members = Array.from({ length: 10_000 }, (_, n) =>
    member(`reference ${n}`, { ...long, email: `member.${n}@long-domain.example.com` }),
  );
  expect((await send(group, { members })).status).toBe(202);
  const more = await send(group, { members: [...members, member('one more')] });
  expectError(more, [413, 'too_large'], '10000');
  const huge = await send(group, { members, padding: 'x'.repeat(9_000_000) });
  expectError(huge, [413, 'too_large'], '8 MiB');
  expect(await syncs(group)).toHaveLength(1);
});

test('of groups and syncs that are another organization’s, or none, nothing is told', async () => {
  const foreign = await createOrganization(api.db, { name: 'Foreign' });
  const theirs = await aGroup(foreign.id);
  const { key } = await createApiKey(api.db, { orgId: foreign.id });
  const { body } = await send(theirs, { members: [] }, { key });
  const mine = await aGroup();
  const request = body.data.request_id;
  for (const group of [theirs, newId()]) {
    expectError(await send(group, { members: [] }), [404, 'not_found'], 'Group not found');
  }
  const reads = [
    read(theirs, request),
    read(mine, request),
    read(mine, `grpmsr_${'A'.repeat(22)}`),
  ];
  reads.push(read(mine, 'nonsense'), read(theirs, idOf(theirs), key));
  for (const answer of await Promise.all(reads)) expectError(answer, [404, 'not_found']);
  expect((await read(theirs, request, key)).status).toBe(200);
});

test('a key that reads or is scoped cannot sync', async () => {
  const group = await aGroup();
  const { id: orgId, websiteIds } = api.organization;
  const reader = await createApiKey(api.db, { orgId, readOnly: true });
  const scoped = await createApiKey(api.db, { orgId, websiteIds: websiteIds.slice(0, 1) });
  const { body } = await send(group, { members: [] });
  for (const { key } of [reader, scoped]) {
    expectError(await send(group, { members: [] }, { key }), [403, 'forbidden']);
  }
  expect((await read(group, body.data.request_id, reader.key)).status).toBe(200);
  expectError(await read(group, body.data.request_id, scoped.key), [403, 'forbidden']);
});

test('however many syncs wait for one group, other requests find connections', async () => {
  const group = await aGroup();
  const holder = createDatabase({ url: api.databaseUrl, application: 'holder' });
  const { waiting, other } = await holder.transaction().execute(async (trx) => {
    await trx.selectFrom('groups').select('id').where('id', '=', group).forUpdate().execute();
    const sent = Array.from({ length: 30 }, () => send(group, { members: [member('a')] }));
    await waitFor('a sync that waits for the group', async () => {
      // Not in the transaction, which would see the same activity time and again.
      const { rows } = await sql`select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(holder);
      return rows.length > 0;
    });
    const { key } = api.partner;
    return { waiting: sent, other: await ask(api, 'GET', '/groups', { key }) };
  });
  await holder.destroy();
  expect(other.status).toBe(200);
  const answers = await Promise.all(waiting);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(await syncs(group)).toHaveLength(30);
});

test('a sync is told of also when its group is gone', async () => {
  const group = await aGroup();
  const { body } = await send(group, { members: [member('a')] });
  await deleteGroup(api.db, api.organization.id, group);
  expect((await read(group, body.data.request_id)).status).toBe(200);
  expectError(await send(group, { members: [] }), [404, 'not_found']);
});
