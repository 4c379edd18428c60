import { newId } from '@usher/db';
import { revokeInvite } from '@usher/directory';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anHourAgo } from '../../packages/directory/src/fixtures.ts';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';
import { expectPage, invite, open, submit, userOf } from './accept-page.ts';

const PRODUCT = 'https://app.example:8443/welcome';

let api: TestApi;
let withProduct: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  withProduct = await startTestApi({ ACCEPT_REDIRECT_URL: PRODUCT });
});
afterAll(async () => {
  await api.close();
  await withProduct.close();
});

test('an invitation already accepted says so, and leads on to the product', async () => {
  const title = 'This invitation was already accepted';
  const { token } = await invite(withProduct);
  await submit(withProduct, { token });
  const looked = await open(withProduct, token);
  expectPage(looked, 200, title);
  const again = await submit(withProduct, { token });
  expectPage(again, 409, title);
  for (const { body } of [looked, again]) {
    expect(body).toContain(`href="${PRODUCT}"`);
    expect(body).not.toContain('<form');
  }
});

test('an expired invitation and a revoked one say so, and cannot be accepted', async () => {
  const websiteId = api.organization.websiteIds[0] as string;
  const expired = await invite(api, [{ websiteId, expiresAt: anHourAgo() }]);
  const revoked = await invite(api);
  await revokeInvite(api.db, api.organization.id, revoked.inviteIds[0] as string, null);
  for (const [{ email, token }, title] of [
    [expired, 'This invitation has expired'],
    [revoked, 'This invitation was revoked'],
  ] as const) {
    expectPage(await open(api, token), 410, title);
    expectPage(await submit(api, { token }), 410, title);
    expect(await userOf(api, email)).toBeUndefined();
  }
});

test('an unknown link says so, whatever is wrong with it', async () => {
  const title = 'We do not know this link';
  const { email, token } = await invite(api);
  for (const unknown of [
    `${token}x`,
    token.slice(0, -1),
    '',
    '\u0000',
    api.context.tokens.sign(newId()),
  ]) {
    expectPage(await open(api, unknown), 404, title);
    expectPage(await submit(api, { token: unknown }), 404, title);
  }
  expectPage(await call<string>(api, 'GET', '/accept'), 404, title);
  expectPage(await call<string>(api, 'GET', `/accept?token=${token}&token=${token}`), 404, title);
  expectPage(await submit(api, {}), 404, title);
  expectPage(
    await submit(api, [
      ['token', token],
      ['token', token],
    ]),
    404,
    title,
  );
  expect(await userOf(api, email)).toBeUndefined();
});

test.each([
  ['a name of 256 characters', 'x'.repeat(256), 'must have at most 255 characters'],
  ['a name with NUL', 'A\u0000nn', 'must not contain control characters'],
  ['a name with a line break', 'A\nnn', 'must not contain control characters'],
])('%s shows the form again with what is wrong, and accepts nothing', async (_, name, problem) => {
  const { email, token } = await invite(api);
  const answer = await submit(api, { token, first_name: name, last_name: '<Ash>' });
  expectPage(answer, 400, 'Acme invited you');
  expect(answer.body).toContain(`First name ${problem}.`);
  expect(answer.body).toContain('aria-describedby="first_name_problem"');
  expect(answer.body).not.toContain('last_name_problem');
  expect(answer.body).toContain('value="&lt;Ash&gt;"');
  expect(await userOf(api, email)).toBeUndefined();
});

test('a name sent twice is refused, and accepts nothing', async () => {
  const { email, token } = await invite(api);
  const answer = await submit(api, [
    ['token', token],
    ['last_name', 'A'],
    ['last_name', 'B'],
  ]);
  expectPage(answer, 400, 'Acme invited you');
  expect(await userOf(api, email)).toBeUndefined();
});

test.each([
  ['application/json', 415, (token: string) => JSON.stringify({ token })],
  ['text/plain', 415, (token: string) => `token=${token}`],
  [
    'application/x-www-form-urlencoded',
    413,
    (token: string) => `token=${token}&first_name=${'x'.repeat(20_000)}`,
  ],
])('a body that is %s and answered %i is answered with a page', async (type, status, write) => {
  const { email, token } = await invite(api);
  const options = { headers: { 'content-type': type }, body: write(token) };
  expectPage(await call<string>(api, 'POST', '/accept', options), status, 'That did not work');
  expect(await userOf(api, email)).toBeUndefined();
});
