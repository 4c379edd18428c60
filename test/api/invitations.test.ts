import { createApiKey } from '@usher/directory';
import { DISPATCH_CHANNEL } from '@usher/jobs';
import { listen, newId } from '@usher/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  anHourAgo,
  anInvitation,
  type InviteFixture,
} from '../../packages/directory/src/fixtures.ts';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';
import { waitFor } from '../support/wait-for.ts';

let api: TestApi;
/** Of the first organization, for reading alone. */
let readingKey: string;
beforeAll(async () => {
  api = await startTestApi();
  const made = await createApiKey(api.db, { orgId: api.organization.id, readOnly: true });
  readingKey = made.key;
});
afterAll(() => api.close());

interface Invitation {
  id: string;
  job_id: string;
  email: string;
  state: string;
  targets: Record<string, number>;
  expires_at: string;
  accepted_at: string | null;
  email_state: string | null;
}

type Options = Parameters<typeof call>[3];
const ask = <Body = Invitation>(method: string, path: string, options: Options = {}) =>
  call<Body>(api, method, `/api/v1/invitations${path}`, {
    key: api.organization.key,
    ...options,
  });
const list = (query = '', key = api.organization.key) =>
  ask<{ invitations: Invitation[]; next_cursor: string }>('GET', `?${query}`, { key });

const toWebsite = (index: number, more: InviteFixture = {}): InviteFixture => ({
  websiteId: api.organization.websiteIds[index] as string,
  ...more,
});

let people = 0;
/** Its first email was sent, unless told otherwise. */
async function invite(
  invites = [toWebsite(0), toWebsite(1)],
  { orgId = api.organization.id, emailState = 'sent' as 'sent' | 'pending' } = {},
) {
  const email = `guest-${(people += 1)}@example.com`;
  const { id } = await anInvitation(api.db, orgId, email, invites);
  await api.db
    .insertInto('sendings')
    .values({
      id: newId(),
      org_id: orgId,
      purpose: 'invitation',
      subject_id: id,
      state: emailState,
      recipient: email,
      message_id: newId(),
      sent_at: emailState === 'sent' ? new Date() : null,
    })
    .execute();
  return { id, email, accept: () => accept(id) };
}
const accept = (id: string) =>
  ask<object>('POST', '/accept', { json: { token: api.context.tokens.sign(id) } });

const sendings = (id: string) =>
  api.db.selectFrom('sendings').selectAll().where('subject_id', '=', id).execute();

test('an invitation is listed, and read alone, as it stands', async () => {
  const { id, email } = await invite([toWebsite(0), toWebsite(1, { expiresAt: anHourAgo() })]);
  const { status, body } = await ask('GET', `/${id.toUpperCase()}`);
  expect([status, body]).toEqual([
    200,
    {
      id,
      job_id: expect.any(String),
      email,
      state: 'pending',
      targets: { total: 2, pending: 1, accepted: 0, revoked: 0, expired: 1 },
      created_at: expect.stringMatching(/Z$/),
      expires_at: expect.stringMatching(/Z$/),
      accepted_at: null,
      email_state: 'sent',
    },
  ]);
  expect((await list(`email=${email.toUpperCase()}`)).body).toEqual({
    invitations: [body],
    next_cursor: '',
  });
  expect((await list(`job_id=${body.job_id}`)).body.invitations).toEqual([body]);
  expect((await list(`job_id=${body.job_id}&state=accepted`)).body.invitations).toEqual([]);
});

test('what was accepted says when', async () => {
  const { id, accept: takeUp } = await invite();
  expect((await takeUp()).status).toBe(200);
  const { body } = await ask('GET', `/${id}`);
  expect(body).toMatchObject({
    state: 'accepted',
    targets: { accepted: 2, pending: 0 },
    accepted_at: expect.stringMatching(/Z$/),
  });
});

test.each([
  ['state=open', '#/state'],
  ['email=nobody', '#/email'],
  ['job_id=1', '#/job_id'],
  ['limit=0', '#/limit'],
  ['cursor=x', '#/cursor'],
])('a list by %s is a problem that names the place', async (query, pointer) => {
  const { status, body } = await ask<object>('GET', `?${query}`);
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
});

test('a revoked invitation cannot be accepted, and is revoked as often as one likes', async () => {
  const { id, accept: takeUp } = await invite();
  const first = await ask('POST', `/${id}/revoke`);
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({ id, state: 'revoked', targets: { revoked: 2, pending: 0 } });
  expect((await ask('POST', `/${id}/revoke`, { json: {} })).body).toEqual(first.body);
  expect((await takeUp()).status).toBe(410);
  const late = await ask<object>('POST', `/${id}/resend`);
  expect([late.status, late.body]).toMatchObject([409, { code: 'state_conflict' }]);
});

test('an accepted invitation is neither revoked nor sent again: 409, with no time to try again at', async () => {
  const { id, accept: takeUp } = await invite();
  await takeUp();
  for (const verb of ['revoke', 'resend']) {
    const { status, body, headers } = await ask<object>('POST', `/${id}/${verb}`);
    expect(status).toBe(409);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(headers.get('retry-after')).toBeNull();
    expect(body).toMatchObject({
      code: 'state_conflict',
      detail: expect.stringContaining('already accepted'),
    });
  }
  expect((await ask('GET', `/${id}`)).body).toMatchObject({ state: 'accepted' });
});

test('resending opens what has expired, wakes the emails, and is refused until that one is gone', async () => {
  const past = { expiresAt: anHourAgo() };
  const { id, email } = await invite([toWebsite(0, past), toWebsite(1, past)]);
  expect((await ask('GET', `/${id}`)).body.state).toBe('expired');
  expect((await accept(id)).status).toBe(410);

  const heard: string[] = [];
  const ready = Promise.withResolvers<void>();
  const listener = listen({
    url: api.databaseUrl,
    application: 'invitations-test',
    channel: DISPATCH_CHANNEL,
    onMessage: (payload) => void heard.push(...payload.split(',')),
    onConnected: ready.resolve,
    onError: ready.reject,
  });
  await ready.promise;
  try {
    const { status, body } = await ask('POST', `/${id}/resend`);
    expect([status, body]).toMatchObject([
      202,
      { id, state: 'pending', targets: { pending: 2 }, email_state: 'pending' },
    ]);
    const days = (Date.parse(body.expires_at) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(7);
    await waitFor('a wake', () => heard.includes('email'));
  } finally {
    await listener.close();
  }
  expect(await sendings(id)).toMatchObject([
    { number: 1 },
    { number: 2, state: 'pending', recipient: email, job_id: null },
  ]);
  const again = await ask<object>('POST', `/${id}/resend`);
  expect([again.status, again.headers.get('retry-after')]).toEqual([409, '5']);
  expect(await sendings(id)).toHaveLength(2);
  expect((await accept(id)).status).toBe(200);
});

test('under one Idempotency-Key a resend is one, and a double click without is one too', async () => {
  const headers = { 'idempotency-key': newId() };
  const keyed = await invite();
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => ask('POST', `/${keyed.id}/resend`, { headers })),
  );
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  const replayed = answers.filter((answer) => answer.headers.get('idempotent-replayed') === 'true');
  expect(replayed).toHaveLength(3);
  expect(await sendings(keyed.id)).toHaveLength(2);

  const { id } = await invite();
  const clicks = await Promise.all(Array.from({ length: 4 }, () => ask('POST', `/${id}/resend`)));
  expect(clicks.filter(({ status }) => status === 202)).toHaveLength(1);
  expect(clicks.filter(({ status }) => status === 409)).toHaveLength(3);
  expect(await sendings(id)).toHaveLength(2);
});

test('a refused resend keeps nothing under its Idempotency-Key', async () => {
  const { id } = await invite([toWebsite(0)], { emailState: 'pending' });
  const headers = { 'idempotency-key': newId() };
  expect((await ask('POST', `/${id}/resend`, { headers })).status).toBe(409);
  await sql`update sendings set state = 'sent', sent_at = now() where subject_id = ${id}`.execute(
    api.db,
  );
  const later = await ask('POST', `/${id}/resend`, { headers });
  expect([later.status, later.headers.get('idempotent-replayed')]).toEqual([202, null]);
});

test('a body that says anything is refused', async () => {
  const { id } = await invite();
  for (const verb of ['revoke', 'resend']) {
    expect((await ask('POST', `/${id}/${verb}`, { json: { force: true } })).status).toBe(400);
  }
  expect((await ask('GET', `/${id}`)).body.targets).toMatchObject({ pending: 2 });
  expect(await sendings(id)).toHaveLength(1);
});

const EVERYTHING = [
  ['GET', ''],
  ['POST', '/revoke'],
  ['POST', '/resend'],
] as const;

test('another organization’s invitation is as unknown as one that never was', async () => {
  const { id } = await invite();
  for (const [method, path] of EVERYTHING) {
    for (const [unknown, key] of [
      [id, api.partner.key],
      [newId(), api.organization.key],
    ] as const) {
      const answer = await ask<object>(method, `/${unknown}${path}`, { key });
      expect([method, path, answer.status, answer.body]).toMatchObject([
        method,
        path,
        404,
        { code: 'not_found', detail: 'Invitation not found' },
      ]);
    }
  }
  expect((await list('', api.partner.key)).body.invitations).toEqual([]);
  expect((await ask('GET', `/${id}`)).body.targets).toMatchObject({ pending: 2 });
});

test('a scoped key reaches the invitations of its own jobs alone', async () => {
  const { scopedKey, id: orgId } = api.organization;
  const { id } = await invite();
  const mine = await invite();
  await sql`update jobs set api_key_id = (
      select id from api_keys where org_id = ${orgId} and scoped limit 1)
    where id = (select job_id from invitations where id = ${mine.id})`.execute(api.db);
  for (const [method, path] of EVERYTHING) {
    const hidden = await ask(method, `/${id}${path}`, { key: scopedKey });
    expect([method, path, hidden.status]).toEqual([method, path, 404]);
  }
  const { body } = await list('', scopedKey);
  expect(body.invitations.map((each) => each.id)).toEqual([mine.id]);
  expect((await ask('POST', `/${mine.id}/resend`, { key: scopedKey })).status).toBe(202);
  expect((await ask('POST', `/${mine.id}/revoke`, { key: scopedKey })).status).toBe(200);
});

test('keys for reading only read, and without a key there is nothing', async () => {
  const { id } = await invite();
  for (const [method, path] of EVERYTHING) {
    const reading = await ask(method, `/${id}${path}`, { key: readingKey });
    expect([method, path, reading.status]).toEqual([method, path, method === 'GET' ? 200 : 403]);
    const { status } = await call(api, method, `/api/v1/invitations/${id}${path}`);
    expect([method, path, status]).toEqual([method, path, 401]);
  }
  expect((await list('', readingKey)).status).toBe(200);
  expect((await ask('GET', `/${id}`)).body.targets).toMatchObject({ pending: 2 });
});
