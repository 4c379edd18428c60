import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { anInvitation } from '../../packages/directory/src/fixtures.ts';
import { api, ask, create, foreignGroup } from './use-konstantly.ts';

const invite = (json: object, headers: Record<string, string> = {}) =>
  ask<unknown>('POST', '/invites', { json: { emails: ['ann@example.com'], ...json }, headers });
const jobs = async () => {
  const rows = await api.db.selectFrom('jobs').select('id').execute();
  return rows.length;
};

test.each<[field: string, json: object]>([
  ['emails', { emails: null }],
  ['emails', { emails: [] }],
  ['emails', { emails: Array.from({ length: 101 }, (_, n) => `a${n}@example.com`) }],
  ['emails.1', { emails: ['ann@example.com', 'nobody'] }],
  ['groups', { groups: 'all' }],
  ['groups.0', { groups: [999_999_999] }],
  ['groups.0', { groups: [2 ** 53] }],
  ['roleAlias', { roleAlias: 1 }],
  ['text', { text: 1 }],
  ['deadlineAt', { deadlineAt: 'tomorrow' }],
  ['deadlineAt', { deadlineAt: 1_000_000_000 }],
  ['deadlineAt', { deadlineAt: 1_900_000_000_000 }],
  ['deadlineAt', { deadlineAt: 2 ** 53 - 1 }],
  ['deadlineAt', { deadlineAt: '9999-12-31T23:59:59-14:00' }],
])('a wrong %s is a 400 that names it, and nobody is invited: %o', async (field, json) => {
  const before = await jobs();
  const { status, body } = await invite(json);
  const errors = { [field]: [expect.any(String)] };
  expect([status, body]).toEqual([400, { status: 400, message: 'Validation failed', errors }]);
  expect(await jobs()).toBe(before);
});

test("another organization's group is a 400 like an unknown one", async () => {
  const { status, body } = await invite({
    groups: [(await create()).body.id, await foreignGroup()],
  });
  const errors = { 'groups.1': [expect.stringMatching(/^Group \d+ not found$/)] };
  expect([status, body]).toEqual([400, { status: 400, message: 'Validation failed', errors }]);
});

test('the latest deadline is one that Postgres knows', async () => {
  const emails = [`${newId()}@example.com`];
  const deadlineAt = Date.UTC(10_000, 0) / 1_000 - 1;
  expect((await invite({ emails, deadlineAt }, { prefer: 'wait=0' })).status).toBe(503);
  const { rows } = await sql<{ year: number }>`
    select extract(year from (input ->> 'ends_at')::timestamptz)::int as year
    from jobs where input ->> 'email' = ${emails[0]}`.execute(api.db);
  expect(rows).toEqual([{ year: 9_999 }]);
});

test('a key may have 255 characters, for many addresses as well', async () => {
  const emails = Array.from({ length: 12 }, () => `${newId()}@example.com`);
  const headers = { prefer: 'wait=0', 'idempotency-key': 'k'.repeat(255) };
  expect((await invite({ emails }, headers)).status).toBe(503);
});

test('where one address cannot be submitted, what was submitted before it is not done later', async () => {
  const key = newId();
  const emails = [`${newId()}@example.com`, `${newId()}@example.com`];
  await api.db
    .insertInto('idempotency_keys')
    .values({
      org_id: api.organization.id,
      route: 'POST /openapi/v1/invites 1',
      key,
      body_hash: Buffer.alloc(32),
      job_id: newId(),
    })
    .execute();
  expect((await invite({ emails }, { 'idempotency-key': key })).status).toBe(422);
  const found = await api.db
    .selectFrom('jobs')
    .innerJoin('invitations', 'invitations.job_id', 'jobs.id')
    .select(['invitations.email', 'jobs.fenced_at'])
    .where('invitations.email', 'in', emails)
    .execute();
  expect(found).toEqual([{ email: emails[0], fenced_at: expect.any(Date) }]);
});

test('an invite to one of the groups does not hide that there was no time for the others', async () => {
  const email = `${newId()}@example.com`;
  const [invited, other] = [(await create()).body.id, (await create()).body.id];
  const { id: groupId } = await api.db
    .selectFrom('groups')
    .select('id')
    .where('number', '=', invited)
    .executeTakeFirstOrThrow();
  await anInvitation(api.db, api.organization.id, email, [{ groupId }]);
  const wait = { prefer: 'wait=0' };
  const { status, body } = await invite({ emails: [email], groups: [invited, other] }, wait);
  const errors = { emails: [`${email}: Not invited in time`] };
  expect([status, body]).toEqual([503, { status: 503, message: expect.any(String), errors }]);
});

// No worker runs beside this API: nothing is ever done in time.
test('what is not done in the wait is a 503, never a 202; its job is fenced and its key is free', async () => {
  const email = `${newId()}@example.com`;
  const headers = { prefer: 'respond-async, wait=0', 'idempotency-key': newId() };
  const { status, body, headers: answered } = await invite({ emails: [email] }, headers);
  const errors = { emails: [`${email}: Not invited in time`] };
  expect([status, body]).toEqual([503, { status: 503, message: expect.any(String), errors }]);
  expect(Number(answered.get('retry-after'))).toBeGreaterThan(0);
  const job = await api.db
    .selectFrom('jobs')
    .innerJoin('invitations', 'invitations.job_id', 'jobs.id')
    .select('jobs.fenced_at')
    .where('invitations.email', '=', email)
    .executeTakeFirstOrThrow();
  expect(job.fenced_at).not.toBeNull();
  const other = await invite({ emails: [`other-${email}`] }, headers);
  expect(other.status).toBe(503);
});
