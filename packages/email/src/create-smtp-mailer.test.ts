import { expect, test } from 'vitest';
import { createSmtpMailer, type SmtpMailerOptions } from './create-smtp-mailer.ts';
import { invitationEmail, never } from './testing/invitation-email.ts';
import { mailerFor, sendAndCatch, startCatching } from './testing/mailers.ts';

test('an accepted email arrives whole, in HTML and in text, from and to whom it says', async () => {
  const { parsed, mailFrom, rcptTo } = await sendAndCatch();
  expect(parsed.from).toMatchObject({ name: 'Usher', address: 'no-reply@usher.example' });
  expect(parsed.to).toMatchObject([{ name: '', address: 'ada@example.com' }]);
  expect(parsed.subject).toBe('Acme invited you to 3 websites');
  expect(parsed.text).toContain('https://usher.example/accept/token-1');
  expect(parsed.html).toContain('https://usher.example/accept/token-1');
  expect([mailFrom, rcptTo]).toEqual(['no-reply@usher.example', ['ada@example.com']]);
});

test('50 emails at once travel over no more than the connections allowed, each once', async () => {
  const inOrder = (a: string | undefined, b: string | undefined) =>
    (a ?? '').localeCompare(b ?? '');
  const server = await startCatching();
  const mailer = mailerFor(server.url, { maxConnections: 3 });
  const ids = Array.from({ length: 50 }, (_, index) => `sending-${index}@usher.example`);
  const results = await Promise.all(
    ids.map((messageId) => mailer.send(invitationEmail({}, { messageId }), never)),
  );
  expect(results.every(({ kind }) => kind === 'accepted')).toBe(true);
  expect(server.connections()).toBeLessThanOrEqual(3);
  const caught = server.emails.map(({ parsed }) => parsed.messageId);
  expect(caught.toSorted(inOrder)).toEqual(ids.map((id) => `<${id}>`).toSorted(inOrder));
});

test('a connection retires after a hundred messages', async () => {
  const server = await startCatching();
  const mailer = mailerFor(server.url, { maxConnections: 1 });
  for (let sent = 0; sent < 101; sent += 1) {
    expect((await mailer.send(invitationEmail(), never)).kind).toBe('accepted');
  }
  expect(server.connections()).toBe(2);
});

test('close lets emails under way arrive, and refuses the ones after it', async () => {
  const server = await startCatching();
  const mailer = mailerFor(server.url, { maxConnections: 1 });
  const underWay = [1, 2, 3].map(() => mailer.send(invitationEmail(), never));
  await mailer.close();
  expect((await Promise.all(underWay)).map(({ kind }) => kind)).toEqual(Array(3).fill('accepted'));
  expect(await mailer.send(invitationEmail(), never)).toMatchObject({
    kind: 'rejected',
    permanent: false,
    code: 'mailer_closed',
  });
  expect(server.emails).toHaveLength(3);
});

test('credentials of the url log in; wrong ones are our problem, not the recipient’s', async () => {
  const server = await startCatching({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth(auth, _session, callback) {
      const right = auth.username === 'us@er' && auth.password === 'p:/ss';
      callback(
        right ? null : new Error('Wrong credentials'),
        right ? { user: 'us@er' } : undefined,
      );
    },
  });
  const right = mailerFor(`smtp://us%40er:p%3A%2Fss@127.0.0.1:${server.port}`);
  expect((await right.send(invitationEmail(), never)).kind).toBe('accepted');
  await right.verify();

  const failure = { kind: 'rejected', permanent: false, code: 'smtp_auth' };
  const wrong = mailerFor(`smtp://user:secret-word@127.0.0.1:${server.port}`);
  const result = await wrong.send(invitationEmail(), never);
  expect(result).toMatchObject(failure);
  expect(JSON.stringify(result)).not.toContain('secret-word');
  await expect(wrong.verify()).rejects.toThrow(/cannot be used: .*Wrong credentials/);

  // 530 to MAIL FROM: the server wants a login and we have none.
  expect(await mailerFor(server.url).send(invitationEmail(), never)).toMatchObject(failure);
});

test('a certificate that does not hold is a TLS problem, unless the url waives it', async () => {
  const server = await startCatching({ disabledCommands: [] });
  expect(await mailerFor(server.url).send(invitationEmail(), never)).toMatchObject({
    kind: 'rejected',
    permanent: false,
    code: 'smtp_tls',
  });
  const waived = mailerFor(`${server.url}?tls.rejectUnauthorized=false`);
  expect((await waived.send(invitationEmail(), never)).kind).toBe('accepted');
});

test('requireTLS sends nothing to a server without STARTTLS', async () => {
  const server = await startCatching();
  const mailer = mailerFor(`${server.url}?requireTLS=true`);
  expect(await mailer.send(invitationEmail(), never)).toMatchObject({ code: 'smtp_tls' });
  expect(server.emails).toHaveLength(0);
});

test('a message larger than the server announces to take is rejected for good', async () => {
  const server = await startCatching({ size: 1_000 });
  expect(await mailerFor(server.url).send(invitationEmail(), never)).toMatchObject({
    kind: 'rejected',
    permanent: true,
    code: 'message_too_large',
  });
});

test('options that cannot work are refused, by name and without the password', () => {
  const options = { url: 'smtp://127.0.0.1', from: 'a@b.example', productName: 'Usher' };
  const creating = (changes: Partial<SmtpMailerOptions>) => () =>
    createSmtpMailer({ ...options, ...changes });
  expect(creating({ timeoutMs: 10_000 })).toThrow(/timeoutMs/);
  expect(creating({ timeoutMs: 0 })).toThrow(/timeoutMs/);
  expect(creating({ maxConnections: 0 })).toThrow(/maxConnections/);
  expect(creating({ from: 'a@b.example, c@d.example' })).toThrow(/^from must be one address/);
  expect(creating({ from: 'Usher' })).toThrow(/^from must be one address/);
  expect(creating({ replyTo: 'x' })).toThrow(/^replyTo must be one address/);
  expect(creating({ url: 'http://user:secret-word@host' })).toThrow(/^url must look like smtp/);
  expect(creating({ url: 'http://user:secret-word@host' })).not.toThrow(/secret-word/);
});
