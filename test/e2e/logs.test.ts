import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startScriptedServer } from '../../packages/email/src/testing/scripted-server.ts';
import { startSystem, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

const ADDRESS = 'ada.refused@example.com';
const REFUSAL = `550 5.1.1 <${ADDRESS}>: Recipient address rejected`;

let system: System;
let smtp: Awaited<ReturnType<typeof startScriptedServer>>;
const lines: string[] = [];
beforeAll(async () => {
  smtp = await startScriptedServer({ RCPT: REFUSAL });
  system = await startSystem({
    environment: { SMTP_URL: smtp.url },
    onLine: (line) => lines.push(line),
  });
});
afterAll(async () => {
  await system.close();
  await smtp.close();
});

/** The line that has all of these, once it is written. */
const written = (what: string, ...parts: string[]) =>
  waitFor(what, () => {
    const line = lines.find((each) => parts.every((part) => each.includes(part)));
    return line === undefined
      ? undefined
      : (JSON.parse(line.slice(line.indexOf('{'))) as Record<string, unknown>);
  });

test('a server that quotes the recipient’s address does not bring it into the log', async () => {
  const { websiteIds } = system.tenant;
  const body = { invite_method: 'email', email: ADDRESS, website_ids: websiteIds.slice(0, 1) };
  await system.call('POST', '/api/v1/invites/bulk', { body });
  const attempt = await written('the attempt', '"attempt"', '"code":"smtp_refused"');
  expect(attempt.reason).toContain('<[address]>: Recipient address rejected');
  // The sender's own record keeps what the server said.
  const { last_message } = await system.db
    .selectFrom('sendings')
    .select('last_message')
    .executeTakeFirstOrThrow();
  expect(last_message).toContain(ADDRESS);
  expect(lines.filter((line) => line.includes(ADDRESS))).toEqual([]);
});

test.each([
  ['a path that cannot be decoded', '/api/v1/%zz', 400, '/api/v1/%zz'],
  ['a parameter that is too long', `/api/v1/groups/${'x'.repeat(300)}`, 400, '/api/v1/groups/x'],
  ['no route', '/api/v1/nothing?token=1', 404, '/api/v1/nothing'],
  ['an address in a path', `/api/v1/users/${ADDRESS}/groups`, 404, '/api/v1/users/[address]/'],
])('%s gets its line as well, under its request id', async (_, path, status, logged) => {
  const { headers } = await system.call('GET', path);
  const id = headers.get('x-request-id') as string;
  const line = await written(path, `"request_id":"${id}"`, '"request"');
  expect(line).toMatchObject({ method: 'GET', status, path: expect.stringContaining(logged) });
  expect(lines.filter((each) => each.includes(id))).toHaveLength(1);
});

test('what is no HTTP gets its line as well, without what was sent', async () => {
  const socket = connect(Number(new URL(system.apis[0]!.url).port), '127.0.0.1');
  socket.end('GET / HTTP/1.1\r\nx-api-key Hidden-Key\r\n\r\n');
  await once(socket.resume(), 'close');
  expect(await written('the refusal', '"HPE_')).toMatchObject({ status: 400, msg: 'request' });
  expect(lines.filter((line) => line.includes('Hidden-Key'))).toEqual([]);
});
