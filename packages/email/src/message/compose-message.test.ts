import { expect, test } from 'vitest';
import { invitationEmail, never } from '../testing/invitation-email.ts';
import { mailerFor, sendAndCatch, startCatching } from '../testing/mailers.ts';

const headersOf = (raw: string) => raw.slice(0, raw.indexOf('\r\n\r\n'));

test('the message id is exactly the one given, on every try', async () => {
  const server = await startCatching();
  const mailer = mailerFor(server.url);
  await mailer.send(invitationEmail(), never);
  await mailer.send(invitationEmail(), never);
  const ids = server.emails.map(({ raw }) => /^message-id: (.*)$/im.exec(raw)?.[1]);
  expect(ids).toEqual(['<sending-1@usher.example>', '<sending-1@usher.example>']);
});

test('an email says that a machine made it, has one UTC date and offers no unsubscribing', async () => {
  const before = Math.floor(Date.now() / 1_000) * 1_000;
  const { raw } = await sendAndCatch();
  const headers = headersOf(raw);
  expect(headers).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  expect(headers).not.toMatch(/^List-/im);
  const dates = [...headers.matchAll(/^Date: (.*\+0000)\r?$/gim)].map((match) => match[1] ?? '');
  expect(dates).toHaveLength(1);
  expect(Date.parse(dates[0] ?? '')).toBeGreaterThanOrEqual(before);
  expect(Date.parse(dates[0] ?? '')).toBeLessThanOrEqual(Date.now());
});

test('replyTo becomes Reply-To; a from without a name carries the name of the product', async () => {
  const server = await startCatching();
  const mailer = mailerFor(server.url, {
    from: 'no-reply@usher.example',
    replyTo: 'Support <help@usher.example>',
    productName: 'Ürsher, Inc.',
  });
  await mailer.send(invitationEmail(), never);
  const parsed = server.emails[0]?.parsed;
  expect(parsed?.from).toMatchObject({ name: 'Ürsher, Inc.', address: 'no-reply@usher.example' });
  expect(parsed?.replyTo).toMatchObject([{ name: 'Support', address: 'help@usher.example' }]);
});

test('line ends and headers in any value stay text', async () => {
  const attack = 'Acme\r\nBcc: victim@example.com\r\n\r\n<b>body</b>\n.\r\nQUIT\u2028x\u0000';
  const { raw, parsed, rcptTo } = await sendAndCatch({
    organization: attack,
    firstName: attack,
    items: [{ kind: 'website', name: attack, role: 'admin' }],
  });
  expect(rcptTo).toEqual(['ada@example.com']);
  expect(parsed.bcc).toBeUndefined();
  expect(headersOf(raw)).not.toMatch(/^(bcc|<b>)/im);
  expect(parsed.subject).toMatch(/^Acme Bcc: victim@example.com <b>body<\/b> \. QUIT x invited/);
  expect(parsed.html).not.toContain('<b>body');
});

test('names in any script arrive as they are, in the subject and in the body', async () => {
  const names = ['Café Łódź', '日本語サイト', 'مرحبا', '👩‍💻 Dev'];
  for (const name of names) {
    const { parsed, raw } = await sendAndCatch({
      organization: name,
      items: [{ kind: 'group', name, role: 'viewer' }],
    });
    expect(parsed.subject).toBe(`${name} invited you to ${name}`);
    expect(parsed.text).toContain(`- ${name} (group, viewer)`);
    expect(parsed.html).toContain(`<bdi>${name}</bdi>`);
    expect(headersOf(raw)).toMatch(/^[\x20-\x7e\r\n\t]*$/);
  }
});

test('a non-ASCII local part is sent with SMTPUTF8', async () => {
  const caught = await sendAndCatch({}, { to: 'jörg.müller@example.com' });
  expect(caught).toMatchObject({ rcptTo: ['jörg.müller@example.com'], smtpUtf8: true });
  expect(caught.parsed.to).toMatchObject([{ address: 'jörg.müller@example.com' }]);
});

test('a non-ASCII domain needs no SMTPUTF8: it is sent in its ASCII form', async () => {
  const caught = await sendAndCatch({}, { to: 'ada@bücher.example' });
  expect(caught.smtpUtf8).toBe(false);
  // The server shows the name again in the form that people read.
  expect(caught.rcptTo[0]).toMatch(/^ada@(bücher|xn--bcher-kva)\.example$/);
  expect(caught.raw).toContain('ada@xn--bcher-kva.example');
});

test('an address that is not exactly one plain address is rejected for good, unsent', async () => {
  const server = await startCatching();
  const mailer = mailerFor(server.url);
  const addresses = [
    '',
    'ada',
    'ada@',
    '@example.com',
    'ada@example.com\r\nRCPT TO:<eve@example.com>',
    'ada@example.com\n',
    'ada@example.com,eve@example.com',
    'ada@example.com;eve@example.com',
    'ada@example.com eve@example.com',
    'Ada <ada@example.com>',
    '<ada@example.com>',
    '"ada eve"@example.com',
    'ada@eve@example.com',
    'ada@[127.0.0.1]',
    'ada(eve)@example.com',
    'ada\u202e@example.com',
    'team:ada@example.com',
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a.'.repeat(130)}com`,
  ];
  for (const to of addresses) {
    const result = await mailer.send(invitationEmail({}, { to }), never);
    expect(result, to).toMatchObject({
      kind: 'rejected',
      permanent: true,
      code: 'invalid_address',
    });
  }
  expect(server.connections()).toBe(0);
});

test('a message id or content that can never be sent is rejected for good', async () => {
  const server = await startCatching();
  const mailer = mailerFor(server.url);
  const emails = [
    invitationEmail({}, { messageId: 'no-domain' }),
    invitationEmail({}, { messageId: 'a@b>\r\nBcc: eve@example.com' }),
    invitationEmail({ acceptUrl: 'javascript:alert(1)' }),
    invitationEmail({ items: [] }),
    invitationEmail({ expiresAt: new Date(Number.NaN) }),
  ];
  for (const email of emails) {
    const result = await mailer.send(email, never);
    expect(result).toMatchObject({ kind: 'rejected', permanent: true, code: 'invalid_email' });
  }
  expect(server.connections()).toBe(0);
});
