import { createApiKey } from '@usher/directory';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect } from 'vitest';
import { anInvitation } from '../../packages/directory/src/fixtures.ts';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';

export let api: TestApi;
/** Of the partner, for reading alone. */
export let readingKey: string;
/** The id of the partner's key. */
export let keyId: string;
beforeAll(async () => {
  api = await startTestApi();
  readingKey = (await createApiKey(api.db, { orgId: api.partner.id, readOnly: true })).key;
  const key = await api.db
    .selectFrom('api_keys')
    .select('id')
    .where('org_id', '=', api.partner.id)
    .where('scoped', '=', false)
    .where('read_only', '=', false)
    .executeTakeFirstOrThrow();
  keyId = key.id;
});
afterAll(() => api.close());

export interface Entry {
  id: string;
  at: string;
  api_key_id: string | null;
  action: string;
  resource: { type: string; id: string };
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  request_id: string | null;
}

export interface Wanted {
  method?: string;
  /** Below `/api/v1`, unless it names another surface. */
  path: string;
  json?: unknown;
  /** The resource's; left out: `id` of what the answer holds. */
  id?: string;
  before: object | null;
  after: object | null;
  /** Takes no key. */
  open?: boolean;
}

export type Options = Parameters<typeof call>[3];
export const ask = <Body = { id: string }>(method: string, path: string, options: Options = {}) =>
  call<Body>(api, method, path.startsWith('/openapi/') ? path : `/api/v1${path}`, {
    key: api.partner.key,
    ...options,
  });

export async function lines(key = api.partner.key, query = ''): Promise<Entry[]> {
  const headers = { accept: 'application/x-ndjson' };
  const {
    status,
    body,
    headers: answered,
  } = await ask<string>('GET', `/audit-log?${query}`, {
    key,
    headers,
  });
  expect([status, answered.get('content-type')]).toEqual([
    200,
    'application/x-ndjson; charset=utf-8',
  ]);
  return body.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Entry]));
}

/** What the partner's log says after `work` that it did not say before. */
export async function written(work: () => Promise<unknown>): Promise<Entry[]> {
  const before = new Set((await lines()).map(({ id }) => id));
  await work();
  return (await lines()).filter(({ id }) => !before.has(id));
}

let count = 0;
export const fresh = (word: string) => `${word}-${(count += 1)}`;

export async function invited() {
  const email = `${fresh('guest')}@example.com`;
  const websiteId = api.partner.websiteIds[0]!;
  const { id, inviteIds } = await anInvitation(api.db, api.partner.id, email, [{ websiteId }]);
  return { id, inviteId: inviteIds[0]!, email, websiteId, token: api.context.tokens.sign(id) };
}

export async function member() {
  const { token, email, websiteId } = await invited();
  await ask('POST', '/invitations/accept', { json: { token } });
  const { id } = await api.db
    .selectFrom('users')
    .select('id')
    .where('email', '=', email)
    .executeTakeFirstOrThrow();
  return { id, email, websiteId };
}

export const invite = () => ({
  kind: 'bulk-invite',
  invite_method: 'direct',
  email: `${fresh('guest')}@example.com`,
  first_name: 'Ann',
  website_ids: api.partner.websiteIds.slice(0, 2),
});

export async function job(): Promise<string> {
  const { body } = await ask<{ job: { id: string } }>('POST', '/jobs', { json: invite() });
  return body.job.id;
}

/** As workers leave a job of which everything failed. */
export async function failedJob(): Promise<string> {
  const id = await job();
  await sql`insert into outcomes
      (job_id, round, position, org_id, target_id, status, code, message, attempts)
    select id, 1, number - 1, org_id, target, 'failed', 'internal_error', 'no', 1
    from jobs, unnest(target_ids) with ordinality as given (target, number) where id = ${id}`.execute(
    api.db,
  );
  await sql`delete from tasks where job_id = ${id}`.execute(api.db);
  await sql`update jobs set remaining = 0, failed = total, finished_at = now()
    where id = ${id}`.execute(api.db);
  return id;
}

export const HOOK = 'https://8.8.8.8/hooks';
export async function endpoint(url = HOOK) {
  const { body } = await ask<{ id: string; secret: string }>('POST', '/webhook-endpoints', {
    json: { url },
  });
  return body;
}

/** A delivery that was given up on, and the endpoint and event that it is of. */
export async function exhausted() {
  const { id: endpointId } = await endpoint();
  const { body } = await ask<{ id: string; event_id: string }>(
    'POST',
    `/webhook-endpoints/${endpointId}/test`,
  );
  await sql`with task as (delete from tasks where subject_id = ${body.id})
    update deliveries set state = 'exhausted', ended_at = now() where id = ${body.id}`.execute(
    api.db,
  );
  return { id: body.id, endpointId, eventId: body.event_id };
}

/** Every route that changes something: a request that does, and what is written down of it. */
