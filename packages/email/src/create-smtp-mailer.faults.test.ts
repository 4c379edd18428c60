import { once } from 'node:events';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { invitationEmail, never } from './testing/invitation-email.ts';
import { mailerFor, startScripted } from './testing/mailers.ts';
import type { Script } from './testing/scripted-server.ts';

const pipelining = '250-scripted\r\n250 PIPELINING';
const refusals = [
  ['MAIL', '550 5.1.8 bad sender', true],
  ['MAIL', '451 4.3.0 later', false],
  ['RCPT', '550 5.1.1 no such user', true],
  ['RCPT', '450 4.2.0 mailbox busy', false],
  ['DATA', '554 5.7.1 no', true],
  ['DATA', '452 4.3.1 disk full', false],
  ['DOT', '552 5.2.2 mailbox full', true],
  ['DOT', '421 4.3.2 shutting down', false],
] as const;

for (const [step, reply, permanent] of refusals) {
  for (const ehlo of ['250 scripted', pipelining]) {
    const how = ehlo === pipelining ? ', also when pipelined' : '';
    test(`"${reply}" to ${step} rejects the email ${permanent ? 'for good' : 'for now'}${how}`, async () => {
      const { send } = await startScripted({ EHLO: ehlo, [step]: reply });
      expect(await send()).toEqual({
        kind: 'rejected',
        permanent,
        code: permanent ? 'smtp_refused' : 'smtp_deferred',
        message: expect.stringContaining(reply),
      });
    });
  }
}

test('a connection is reset after a refusal and serves the next email', async () => {
  let recipients = 0;
  const { server, send } = await startScripted({
    RCPT: () => (++recipients === 1 ? '550 no such user' : undefined),
  });
  expect((await send()).kind).toBe('rejected');
  expect((await send()).kind).toBe('accepted');
  expect(server.connections()).toBe(1);
  expect(
    server.steps.filter((step) => /RSET|MAIL/.test(step)).map((step) => step.slice(0, 6)),
  ).toEqual(['1 MAIL', '1 RSET', '1 MAIL']);
});

test('a wait that a 4xx reply names is passed on', async () => {
  const { send } = await startScripted({ RCPT: '450 greylisted, try again in 300 seconds' });
  expect(await send()).toMatchObject({ permanent: false, retryAfterMs: 300_000 });
});

test('503 speaks of the session, so the email may be tried again', async () => {
  const { send } = await startScripted({ MAIL: '503 bad sequence' });
  expect(await send()).toMatchObject({ kind: 'rejected', permanent: false });
});

const authReplies = ['530 log in', '534 stronger', '535 wrong', '538 encrypt'];
for (const reply of authReplies) {
  test(`"${reply}" to MAIL FROM is a configuration problem, never the recipient's`, async () => {
    const { send } = await startScripted({ MAIL: reply });
    expect(await send()).toMatchObject({ kind: 'rejected', permanent: false, code: 'smtp_auth' });
  });
}

const beforeContent: Array<[string, Script, string]> = [
  ['a greeting that refuses', { GREETING: '554 go away' }, 'smtp_protocol'],
  ['a cut before the greeting', { GREETING: 'cut' }, 'smtp_connection'],
  ['a cut at EHLO', { EHLO: 'cut' }, 'smtp_connection'],
  ['a cut at MAIL FROM', { MAIL: 'cut' }, 'smtp_connection'],
  ['a cut at RCPT TO', { RCPT: 'cut' }, 'smtp_connection'],
  ['a cut at DATA', { DATA: 'cut' }, 'smtp_connection'],
  ['a cut at DATA, pipelined', { EHLO: pipelining, DATA: 'cut' }, 'smtp_connection'],
  ['a reply that is none', { MAIL: 'what' }, 'smtp_protocol'],
];
for (const [fault, script, code] of beforeContent) {
  test(`${fault} rejects the email for now: none of it was handed over`, async () => {
    const { send } = await startScripted(script);
    expect(await send()).toMatchObject({ kind: 'rejected', permanent: false, code });
  });
}

const silences: Array<[string, Script]> = [
  ['greeting', { GREETING: 'hang' }],
  ['EHLO reply', { EHLO: 'hang' }],
  ['reply to MAIL FROM', { MAIL: 'hang' }],
  ['reply to RCPT TO', { RCPT: 'hang' }],
  ['reply to DATA', { DATA: 'hang' }],
];
for (const [what, script] of silences) {
  test(`a server that never sends its ${what} blocks no longer than the timeout`, async () => {
    const { server, send } = await startScripted(script, { timeoutMs: 200 });
    const started = performance.now();
    const result = await send();
    expect(result).toMatchObject({ kind: 'rejected', permanent: false, code: 'smtp_timeout' });
    expect(performance.now() - started).toBeLessThan(3_000);
    await server.until(() => server.open() === 0);
  });
}

test('silence after the final dot leaves the email unanswered, within the timeout', async () => {
  const { server, send } = await startScripted({ DOT: 'hang' }, { timeoutMs: 1_500 });
  const started = performance.now();
  expect(await send()).toMatchObject({ kind: 'unanswered' });
  expect(performance.now() - started).toBeLessThan(4_000);
  await server.until(() => server.open() === 0);
});

test('a cut after the final dot leaves the email unanswered', async () => {
  const { server, send } = await startScripted({ DOT: 'cut' });
  expect(await send()).toMatchObject({ kind: 'unanswered' });
  expect(server.connections()).toBe(1);
});

test('half an answer to the final dot is none', async () => {
  const server = net.createServer((socket) => {
    socket.write('220 hello\r\n');
    let dialogue = '';
    socket.on('data', (chunk) => {
      dialogue += chunk.toString('latin1');
      if (dialogue.endsWith('\r\n.\r\n')) socket.end('554 5.7.1 ref');
      else if (dialogue.endsWith('DATA\r\n')) socket.write('354 go\r\n');
      else if (/^(EHLO|MAIL|RCPT).*\r\n$/m.test(dialogue)) socket.write('250 ok\r\n');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as net.AddressInfo;
  const mailer = mailerFor(`smtp://127.0.0.1:${port}`);
  expect(await mailer.send(invitationEmail(), never)).toMatchObject({ kind: 'unanswered' });
});

test('a cut while the content travels leaves a small email unanswered: our dot was on its way', async () => {
  const { server, send } = await startScripted({ CONTENT: 'cut' });
  expect(await send()).toMatchObject({ kind: 'unanswered' });
  expect(server.connections()).toBe(1);
});

const abortions: Array<[string, Script, string]> = [
  ['before the greeting', { GREETING: 'hang' }, 'GREETING'],
  ['at RCPT TO', { RCPT: 'hang' }, 'RCPT'],
  ['at DATA', { DATA: 'hang' }, 'DATA'],
];
for (const [when, script, step] of abortions) {
  test(`an abort ${when} rejects at once and drops the connection`, async () => {
    const { server, send } = await startScripted(script);
    const controller = new AbortController();
    const sending = send(controller.signal);
    await server.until(() => server.steps.some((seen) => seen.startsWith(`1 ${step}`)));
    const aborted = performance.now();
    controller.abort();
    expect(await sending).toMatchObject({ kind: 'rejected', permanent: false, code: 'aborted' });
    expect(performance.now() - aborted).toBeLessThan(3_000);
    await server.until(() => server.open() === 0);
  });
}

test('an abort after the final dot leaves the email unanswered, at once', async () => {
  const { server, send } = await startScripted({ DOT: 'hang' });
  const controller = new AbortController();
  const sending = send(controller.signal);
  await server.until(() => server.steps.includes('1 DOT'));
  controller.abort();
  expect(await sending).toMatchObject({ kind: 'unanswered' });
  await server.until(() => server.open() === 0);
});

test('an email whose signal has aborted already is not sent', async () => {
  const { server, send } = await startScripted({});
  expect(await send(AbortSignal.abort())).toEqual({ kind: 'busy' });
  expect(server.connections()).toBe(0);
});

test('a server that is gone entirely rejects for now, after a kept connection as well', async () => {
  const { server, mailer, send } = await startScripted({});
  expect((await send()).kind).toBe('accepted');
  await server.close();
  const gone = { kind: 'rejected', permanent: false, code: 'smtp_connection' };
  expect(await send()).toMatchObject(gone);
  expect(await send()).toMatchObject(gone);
  await expect(mailer.verify()).rejects.toThrow(/cannot be used: .*ECONNREFUSED/);
});

test('a name that does not resolve rejects for now', async () => {
  const mailer = mailerFor('smtp://nowhere.invalid:25', { timeoutMs: 3_000 });
  const result = await mailer.send(invitationEmail(), never);
  expect(result).toMatchObject({ kind: 'rejected', permanent: false });
  expect(result).toHaveProperty('code', expect.stringMatching(/^smtp_(dns|timeout)$/));
});

test('verify reports a server that hangs within the timeout', async () => {
  const { mailer } = await startScripted({ GREETING: 'hang' }, { timeoutMs: 200 });
  await expect(mailer.verify()).rejects.toThrow(/within 200 ms/);
});
