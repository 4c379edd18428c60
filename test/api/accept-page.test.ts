import { createHash } from 'node:crypto';
import { createOrganization, createWebsites } from '@usher/directory';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anHourAgo, anInvitation } from '../../packages/directory/src/fixtures.ts';
import { startTestApi, type TestApi } from '../support/test-api.ts';
import { expectPage, expectStrictHeaders, invite, open, submit, userOf } from './accept-page.ts';

const PRODUCT = 'https://app.example:8443/welcome';

let api: TestApi;
let withProduct: TestApi;
beforeAll(async () => {
  api = await startTestApi({ PRODUCT_NAME: 'Rock & Roll' });
  withProduct = await startTestApi({ ACCEPT_REDIRECT_URL: PRODUCT });
});
afterAll(async () => {
  await api.close();
  await withProduct.close();
});

test('the link shows who invites whom to what, as what, and until when', async () => {
  const { websiteIds, groupIds } = api.organization;
  const expiresAt = new Date(Date.UTC(2100, 2, 3, 14, 5));
  const { email, token } = await invite(
    api,
    [
      { websiteId: websiteIds[0] as string, role: 'admin', expiresAt },
      { groupId: groupIds[0] as string, expiresAt },
    ],
    { firstName: 'Ann', lastName: 'O"Hara <x>' },
  );
  const answer = await open(api, token);
  expectPage(answer, 200, 'Acme invited you');
  const { body } = answer;
  expect(body).toContain(email);
  expect(body).toMatch(/site-1\.example<\/bdi>\s*<span class="faint">website, admin</);
  expect(body).toMatch(/Group 1<\/bdi>\s*<span class="faint">group, viewer</);
  expect(body).toMatch(
    /<time datetime="2100-03-03T14:05:00.000Z">Wednesday,? 3 March 2100 at 14:05 UTC</,
  );
  expect(body).toContain('value="Ann"');
  expect(body).toContain('value="O&quot;Hara &lt;x&gt;"');
  expect(body).toContain('Rock &amp; Roll');
  expect(body).toMatch(/<form method="post" action="accept">/);
  for (const field of ['first_name', 'last_name']) {
    expect(body).toMatch(new RegExp(`<label for="${field}">`));
    expect(body).toMatch(new RegExp(`id="${field}"`));
  }
});

test('the policy allows the page’s own stylesheet, and its form to go only here, or on to the product', async () => {
  for (const [of, formAction] of [
    [api, "form-action 'self'"],
    [withProduct, "form-action 'self' https: https://app.example:8443"],
  ] as const) {
    const { body, headers } = await open(of, (await invite(of)).token);
    const style = /<style>(.*?)<\/style>/s.exec(body)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    const policy = headers.get('content-security-policy')?.split('; ');
    expect(policy).toContain(`style-src 'sha256-${hash}'`);
    expect(policy).toContain(formAction);
    expect(body).not.toMatch(/\sstyle=/);
  }
});

test('names are escaped wherever they come from', async () => {
  const evil = `<img src=x onerror=alert(1)>"'\`&`;
  const { id: orgId } = await createOrganization(api.db, { name: evil });
  const [website] = await createWebsites(api.db, orgId, [{ url: 'evil.example', name: evil }]);
  const invites = [{ websiteId: website?.id as string }];
  const { id } = await anInvitation(api.db, orgId, 'e@example.com', invites, { firstName: evil });
  const { body } = await open(api, api.context.tokens.sign(id));
  const escaped = '&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&#96;&amp;';
  expect(body).not.toContain('<img');
  expect(body).toContain(`<h1>${escaped} invited you</h1>`);
  expect(body).toContain(`<bdi>${escaped}</bdi>`);
  expect(body).toContain(`value="${escaped}"`);
});

test('of a long list 200 are shown, and the rest is counted', async () => {
  const { id: orgId } = await createOrganization(api.db, { name: 'Large' });
  const wanted = Array.from({ length: 203 }, (_, index) => ({ url: `w-${index}.example` }));
  const websites = await createWebsites(api.db, orgId, wanted);
  const invites = websites.map(({ id }) => ({ websiteId: id }));
  const { id } = await anInvitation(api.db, orgId, 'many@example.com', invites);
  const token = api.context.tokens.sign(id);
  const { body } = await open(api, token);
  expect(body.match(/<li>/g)).toHaveLength(201);
  expect(body).toContain('and 3 more');
  expect((await submit(api, { token })).body).toContain('all 203 of them');
});

test('looking changes nothing, however often and whoever looks', async () => {
  const { email, token } = await invite(api);
  for (const method of ['GET', 'HEAD', 'GET']) {
    const { status, headers } = await open(api, token, method);
    expect(status).toBe(200);
    expectStrictHeaders(headers);
  }
  expect(await userOf(api, email)).toBeUndefined();
  const states = await api.db
    .selectFrom('invites')
    .select('state')
    .where('email', '=', email)
    .execute();
  expect(states).toEqual([{ state: 'pending' }]);
});

test('accepting takes everything pending, makes the user, and says so', async () => {
  const { websiteIds, groupIds } = api.organization;
  const { email, token } = await invite(api, [
    { websiteId: websiteIds[0] as string },
    { websiteId: websiteIds[1] as string },
    { groupId: groupIds[1] as string },
  ]);
  const answer = await submit(api, { token, first_name: ' Ann ', last_name: '' });
  expectPage(answer, 200, 'You&#39;re in');
  expect(answer.body).toContain('all 3 of them');
  expect(await userOf(api, email)).toMatchObject({
    first_name: 'Ann',
    last_name: null,
    email_verified: true,
  });
  const states = await api.db
    .selectFrom('invites')
    .select('state')
    .where('email', '=', email)
    .execute();
  expect(states.map(({ state }) => state)).toEqual(['accepted', 'accepted', 'accepted']);
});

test('with a product to go on to, accepting redirects there, without the token', async () => {
  const { email, token } = await invite(withProduct);
  const { status, headers } = await submit(withProduct, { token });
  expect([status, headers.get('location')]).toEqual([303, PRODUCT]);
  expectStrictHeaders(headers);
  expect(await userOf(withProduct, email)).toBeDefined();
});

test('what was revoked or expired of an invitation is neither shown nor accepted', async () => {
  const [shown, late, taken] = api.organization.websiteIds as [string, string, string];
  const { email, token } = await invite(api, [
    { websiteId: shown },
    { websiteId: late, expiresAt: anHourAgo() },
    { websiteId: taken, state: 'revoked' },
  ]);
  const { body } = await open(api, token);
  expect(body).toContain('site-1.example');
  expect(body).not.toContain('site-2.example');
  expect(body).not.toContain('site-3.example');
  await submit(api, { token });
  const user = await userOf(api, email);
  const joined = await api.db
    .selectFrom('website_members')
    .select('website_id')
    .where('user_id', '=', user?.id as string)
    .execute();
  expect(joined).toEqual([{ website_id: shown }]);
});
