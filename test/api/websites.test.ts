import { newId } from '@usher/db';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

interface Website {
  id: string;
  websiteUrl: string;
  websiteName: string;
  externalId?: string | null;
}

const create = (key: string, json: unknown, headers: Record<string, string> = {}) =>
  call<{ website: Website }>(api, 'POST', '/api/v1/websites', { key, json, headers });
const list = async (key: string) => {
  const { status, body } = await call<{ websites: Website[] }>(api, 'GET', '/api/v1/websites', {
    key,
  });
  expect(status).toBe(200);
  return body.websites;
};

test('a website is created without protocol and trailing slash, named after what is left', async () => {
  const { key } = api.organization;
  const { status, body, headers } = await create(key, { url: 'https://shop.example/de/' });
  expect(status).toBe(201);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(headers.get('x-request-id')).toBeTruthy();
  const website = { websiteUrl: 'shop.example/de', websiteName: 'shop.example/de' };
  expect(body).toEqual({ website: { id: expect.any(String), ...website } });
  expect(await list(key)).toContainEqual(body.website);
});

test('a name given is kept, trimmed, and unknown fields are ignored', async () => {
  const json = { url: 'named.example', name: '  The Shop ', color: 'red' };
  const { status, body } = await create(api.organization.key, json);
  expect(status).toBe(201);
  expect(body.website).toMatchObject({ websiteUrl: 'named.example', websiteName: 'The Shop' });
});

test('partners always read externalId, others never do', async () => {
  const { key } = api.partner;
  const given = await create(key, { url: 'a.example', external_id: 'site-a' });
  expect(given.body.website.externalId).toBe('site-a');
  const none = await create(key, { url: 'b.example', external_id: null });
  expect(none.body.website.externalId).toBeNull();
  for (const website of await list(key)) expect(website).toHaveProperty('externalId');
  for (const website of await list(api.organization.key)) {
    expect(website).not.toHaveProperty('externalId');
  }
});

test('an external id from an organization that is no partner is forbidden, and nothing is made', async () => {
  const { key } = api.organization;
  const before = await list(key);
  const { status, body } = await create(key, { url: 'c.example', external_id: 'c' });
  expect([status, body]).toEqual([403, { error: 'external_id is for partner organizations' }]);
  expect(await list(key)).toEqual(before);
});

test('an external id in use answers 409 with the website in the way', async () => {
  const { key } = api.partner;
  const first = await create(key, { url: 'first.example', name: 'First', external_id: 'taken' });
  const before = await list(key);
  const { status, body } = await create(key, { url: 'second.example', external_id: 'taken' });
  expect(status).toBe(409);
  expect(body).toEqual({
    error: expect.any(String),
    existing: { type: 'website', id: first.body.website.id, name: 'First' },
  });
  expect(await list(key)).toEqual(before);
});

test('a scoped key sees its own websites alone, and makes none', async () => {
  const { scopedKey, websiteIds } = api.organization;
  const seen = await list(scopedKey);
  expect(seen.map(({ id }) => id)).toEqual(websiteIds.slice(0, 3));
  const { status, body } = await create(scopedKey, { url: 'd.example' });
  expect([status, body]).toEqual([403, { error: expect.any(String) }]);
});

test("nothing of one organization's websites shows in another's", async () => {
  const mine = await list(api.organization.key);
  const theirs = new Set((await list(api.partner.key)).map(({ id }) => id));
  expect(mine.filter(({ id }) => theirs.has(id))).toEqual([]);
});

test('one Idempotency-Key makes one website, and the repeat says so', async () => {
  const { key } = api.organization;
  const headers = { 'idempotency-key': newId() };
  const first = await create(key, { url: 'once.example' }, headers);
  expect([first.status, first.headers.get('idempotent-replayed')]).toEqual([201, null]);
  const quoted = { 'idempotency-key': `"${headers['idempotency-key']}"` };
  const second = await create(key, { url: 'once.example' }, quoted);
  expect([second.status, second.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
  expect(second.body).toEqual(first.body);
  const made = (await list(key)).filter(({ websiteUrl }) => websiteUrl === 'once.example');
  expect(made).toHaveLength(1);

  const other = await create(key, { url: 'other.example' }, headers);
  expect([other.status, other.body]).toEqual([422, { error: expect.any(String) }]);
  const elsewhere = await create(api.partner.key, { url: 'once.example' }, headers);
  expect([elsewhere.status, elsewhere.headers.get('idempotent-replayed')]).toEqual([201, null]);
});

test('many requests at once with one Idempotency-Key make one website', async () => {
  const { key } = api.organization;
  const headers = { 'idempotency-key': newId() };
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => create(key, { url: 'crowd.example' }, headers)),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  expect(new Set(answers.map(({ body }) => body.website.id)).size).toBe(1);
  const replayed = answers.filter(({ headers: sent }) => sent.has('idempotent-replayed'));
  expect(replayed).toHaveLength(7);
});

test('a refused request leaves its Idempotency-Key free', async () => {
  const { key } = api.partner;
  await create(key, { url: 'busy.example', external_id: 'busy' });
  const headers = { 'idempotency-key': newId() };
  const refused = await create(key, { url: 'late.example', external_id: 'busy' }, headers);
  expect(refused.status).toBe(409);
  const taken = await create(key, { url: 'late.example', external_id: 'free' }, headers);
  expect([taken.status, taken.headers.get('idempotent-replayed')]).toEqual([201, null]);
});

test('an Idempotency-Key that is empty, too long or not ASCII is refused, and nothing is made', async () => {
  const { key } = api.organization;
  const before = await list(key);
  for (const bad of ['', '""', 'x'.repeat(256), 'käse']) {
    const { status, body } = await create(key, { url: 'e.example' }, { 'idempotency-key': bad });
    expect([status, body]).toEqual([400, { error: expect.stringContaining('Idempotency-Key') }]);
  }
  expect(await list(key)).toEqual(before);
});

test.each([
  ['nothing', undefined, ''],
  ['an empty object', {}, 'url'],
  ['an array', [{ url: 'x.example' }], ''],
  ['a string', 'x.example', ''],
  ['null', null, 'url'],
  ['a number for the url', { url: 1e300 }, 'url'],
  ['an array for the url', { url: ['x.example'] }, 'url'],
  ['an object for the url', { url: { href: 'x.example' } }, 'url'],
  ['a url of nothing but its protocol', { url: 'https:///' }, 'url'],
  ['a url with a space', { url: 'x example' }, 'url'],
  ['a url with NUL', { url: 'x\u0000.example' }, 'url'],
  ['a url of 2,049 characters', { url: 'x'.repeat(2_049) }, 'url'],
  ['an empty name', { url: 'x.example', name: ' ' }, 'name'],
  ['a name with NUL', { url: 'x.example', name: 'a\u0000b' }, 'name'],
  ['a name with a lone surrogate', { url: 'x.example', name: 'a\ud800b' }, 'name'],
  ['a name with a line break', { url: 'x.example', name: 'a\nb' }, 'name'],
  ['a name of 256 characters', { url: 'x.example', name: 'x'.repeat(256) }, 'name'],
  ['an array for the name', { url: 'x.example', name: ['a'] }, 'name'],
  ['a boolean for the name', { url: 'x.example', name: true }, 'name'],
  ['an external id with NUL', { url: 'x.example', external_id: '\u0000' }, 'external_id'],
  ['a number for the external id', { url: 'x.example', external_id: 9e15 }, 'external_id'],
  ['an external id of 256', { url: 'x.example', external_id: 'x'.repeat(256) }, 'external_id'],
])('%s is a 400 that names the place, and makes no website', async (_, json, path) => {
  const before = await list(api.partner.key);
  const { status, body } = await create(api.partner.key, json);
  expect(status).toBe(400);
  expect(body).toMatchObject({ error: expect.any(String) });
  if (json !== undefined || path !== '') {
    expect(body).toEqual({
      error: expect.stringContaining('Validation failed'),
      details: expect.arrayContaining([{ path, message: expect.any(String) }]),
    });
  }
  expect(await list(api.partner.key)).toEqual(before);
});

test('255 characters of any script are a name', async () => {
  const name = '界'.repeat(255);
  const { status, body } = await create(api.organization.key, { url: 'long.example', name });
  expect([status, body.website.websiteName]).toEqual([201, name]);
});
