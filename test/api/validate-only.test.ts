import { newId } from '@usher/db';
import { createWebsites } from '@usher/directory';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ BILLING_PROVIDER: 'stripe' });
});
afterAll(() => api.close());

interface Body {
  code: string;
  errors: Array<{ pointer: string }>;
  counts: object;
  targets: Array<{ position: number; group_id?: string; code: string }>;
}

const preview = (more: object = {}, headers: Record<string, string> = {}) =>
  call<Body>(api, 'POST', '/api/v1/jobs', {
    key: api.organization.key,
    headers,
    json: {
      kind: 'bulk-invite',
      invite_method: 'direct',
      email: 'ann@example.com',
      website_ids: api.organization.websiteIds,
      validate_only: true,
      ...more,
    },
  });

test('what the request itself would be refused for is refused', async () => {
  for (const validate_only of [true, false]) {
    const callback_url = 'https://127.0.0.1/hook';
    const called = await preview({ callback_url, validate_only });
    expect([called.status, called.body.errors]).toMatchObject([
      400,
      [{ pointer: '#/callback_url' }],
    ]);
    const headers = { 'idempotency-key': 'k'.repeat(256) };
    const keyed = await preview({ validate_only }, headers);
    expect([keyed.status, keyed.body]).toMatchObject([400, { code: 'invalid_request' }]);
  }
});

test('its answer is the whole of it: no preference is said to be applied', async () => {
  const { status, headers } = await preview({}, { prefer: 'respond-async, wait=3' });
  expect([status, headers.get('preference-applied')]).toEqual([200, null]);
});

test('a group whose billing is with another provider fails, as its job would', async () => {
  const [here, elsewhere] = api.organization.groupIds as [string, string];
  await api.db
    .insertInto('billing_entities')
    .values({
      group_id: elsewhere,
      org_id: api.organization.id,
      provider: 'lago',
      first_attempt_at: new Date(),
    })
    .execute();
  const { status, body } = await call<Body>(api, 'POST', '/api/v1/jobs', {
    key: api.organization.key,
    json: {
      kind: 'billing-provisioning',
      group_ids: [here, elsewhere],
      validate_only: true,
    },
  });
  expect([status, body.targets]).toMatchObject([
    200,
    [
      { group_id: here, status: 'succeeded', code: 'provisioned' },
      { group_id: elsewhere, status: 'failed', code: 'billing_not_configured' },
    ],
  ]);
});

test('while another transaction adds the same person a preview gives way: 503, and when to try again', async () => {
  const email = `${newId()}@example.com`;
  await api.db.transaction().execute(async (trx) => {
    await trx
      .insertInto('users')
      .values({ id: newId(), org_id: api.organization.id, email })
      .execute();
    const { status, headers, body } = await preview({ email });
    expect([status, body]).toMatchObject([503, { code: 'unavailable' }]);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });
  expect((await preview({ email })).status).toBe(200);
});

test('ten thousand targets are answered, and what else adds the person waits for a part of it alone', async () => {
  const websites = await createWebsites(
    api.db,
    api.organization.id,
    Array.from({ length: 800 }, (_, n) => ({ url: `many-${n}.example` })),
  );
  const unknown = Array.from({ length: 9_200 }, () => newId());
  const website_ids = [...websites.map(({ id }) => id), ...unknown];
  await sql`create function dawdle() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.003); return new; end $$`.execute(api.db);
  await sql`create trigger dawdle before insert on website_members
    for each row execute function dawdle()`.execute(api.db);
  try {
    const email = `${newId()}@example.com`;
    const start = performance.now();
    const answering = preview({ email, website_ids });
    let waited = 0;
    let done = false;
    const marked = answering.finally(() => {
      done = true;
    });
    // Somebody makes the same account all the while, as a job that adds the person does.
    while (!done) {
      const from = performance.now();
      await api.db
        .transaction()
        .execute(async (trx) => {
          await trx
            .insertInto('users')
            .values({ id: newId(), org_id: api.organization.id, email })
            .execute();
          throw new TakenBack();
        })
        .catch((error: unknown) => {
          if (!(error instanceof TakenBack)) throw error;
        });
      waited = Math.max(waited, performance.now() - from);
    }
    const { status, body } = await marked;
    const whole = performance.now() - start;
    expect([status, body.counts]).toEqual([200, { total: 10_000, succeeded: 800, failed: 9_200 }]);
    expect(body.targets.map(({ position }) => position)).toEqual(website_ids.map((_, at) => at));
    expect(waited).toBeLessThan(whole / 2);
  } finally {
    await sql`drop function dawdle() cascade`.execute(api.db);
  }
});

class TakenBack extends Error {}
