import { newId } from '@usher/db';
import { sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { anInvitation } from '../../packages/directory/src/fixtures.ts';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

async function aToken(): Promise<string> {
  const { id: orgId, websiteIds } = api.organization;
  const { id } = await anInvitation(api.db, orgId, `${newId()}@example.com`, [
    { websiteId: websiteIds[0] as string },
  ]);
  return api.context.tokens.sign(id);
}

/** One request to each surface, and to the pages. */
async function askAll(token: string, idempotencyKey = 'failure') {
  const { key } = api.organization;
  const headers = { 'idempotency-key': idempotencyKey };
  return {
    athena: await call(api, 'POST', '/api/v1/websites', {
      key,
      headers,
      json: { url: 'x.example' },
    }),
    native: await call(api, 'POST', '/api/v1/invitations/accept', { headers, json: { token } }),
    page: await call<string>(api, 'POST', '/accept', { body: new URLSearchParams({ token }) }),
  };
}

test('a fault of ours is a 500 in each shape that tells nothing of it, and nothing is stored', async () => {
  await sql`
    create function fail() returns trigger language plpgsql as
    $$ begin raise exception 'a secret of the database'; end $$`.execute(api.db);
  for (const table of ['websites', 'website_members']) {
    await sql`create trigger fail before insert on ${sql.table(table)}
      execute function fail()`.execute(api.db);
  }
  const token = await aToken();
  const failed = await askAll(token);
  expect([failed.athena.status, failed.athena.body]).toEqual([500, { error: expect.any(String) }]);
  expect(failed.native.status).toBe(500);
  expect(failed.native.body).toMatchObject({ status: 500, code: 'internal_error' });
  expect(failed.page.status).toBe(500);
  expect(failed.page.body).toContain('<h1>Something went wrong</h1>');
  expect(failed.page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(JSON.stringify(failed)).not.toContain('secret');

  await sql`drop function fail() cascade`.execute(api.db);
  const { athena, native } = await askAll(token);
  expect([athena.status, native.status]).toEqual([201, 200]);
  expect(athena.headers.has('idempotent-replayed')).toBe(false);
});

test.each(['57014', '55P03', '25P03'])(
  'what took Postgres too long (%s) is a 503 in each shape, says when to try again, and is not stored',
  async (code) => {
    await sql`
      create function dawdle() returns trigger language plpgsql as
      ${sql.lit(`begin raise exception 'a secret of the database' using errcode = '${code}'; end`)}`.execute(
      api.db,
    );
    for (const table of ['websites', 'website_members']) {
      await sql`create trigger dawdle before insert on ${sql.table(table)}
        execute function dawdle()`.execute(api.db);
    }
    const key = `too-slow-${code}`;
    const token = await aToken();
    const failed = await askAll(token, key);
    expect([failed.athena.body, failed.native.body]).toMatchObject([
      { error: expect.stringContaining('try again') },
      { status: 503, code: 'unavailable' },
    ]);
    expect(failed.page.body).toContain('<h1>Just a moment</h1>');
    for (const { status, headers } of Object.values(failed)) {
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(JSON.stringify(failed)).not.toContain('secret');

    await sql`drop function dawdle() cascade`.execute(api.db);
    const { athena, native } = await askAll(token, key);
    expect([athena.status, native.status]).toEqual([201, 200]);
  },
);

test('without the database each shape says 503 and when to try again; unknown links cost it nothing', async () => {
  const token = await aToken();
  await reachable(false);
  const { athena, native, page } = await askAll(token);
  expect([athena.status, athena.body]).toEqual([503, { error: expect.any(String) }]);
  expect(native.status).toBe(503);
  expect(native.body).toMatchObject({ status: 503, code: 'unavailable' });
  expect(page.status).toBe(503);
  expect(page.body).toContain('<h1>Just a moment</h1>');
  for (const { headers } of [athena, native, page]) {
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  const unknown = `${token}x`;
  const accept = { json: { token: unknown }, headers: { 'idempotency-key': 'unknown' } };
  expect((await call(api, 'POST', '/api/v1/invitations/accept', accept)).status).toBe(404);
  expect((await call(api, 'GET', `/accept?token=${unknown}`)).status).toBe(404);
  const body = new URLSearchParams({ token: unknown });
  expect((await call(api, 'POST', '/accept', { body })).status).toBe(404);

  await reachable(true);
  const after = await askAll(await aToken());
  expect([after.athena.status, after.page.status]).toEqual([201, 200]);
});

/** Whether Postgres lets anybody into the API's database. */
async function reachable(allowed: boolean): Promise<void> {
  const client = new Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    const name = new URL(api.databaseUrl).pathname.slice(1);
    await client.query(
      `alter database ${client.escapeIdentifier(name)} allow_connections ${allowed}`,
    );
    if (allowed) return;
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
      [name],
    );
  } finally {
    await client.end();
  }
}
