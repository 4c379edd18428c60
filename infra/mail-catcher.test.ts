import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { startProcess } from './child-process.ts';
import { waitUntil } from './wait-until.ts';

const ORDINARY = [
  'From: Usher <usher@example.com>',
  'To: =?utf-8?Q?Zo=C3=AB?= <zoe@example.com>',
  'Subject: Hello',
  'Content-Type: multipart/alternative; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain',
  '',
  'words',
  '--b',
  'Content-Type: text/html',
  '',
  '<p>words</p>',
  '--b--',
];
const ODD = [
  ['no headers at all', '\0'],
  [
    'Content-Type: multipart/mixed; boundary=x',
    '',
    '--x',
    'Content-Type: a/b; name="../../x"',
    '',
    '%%',
  ],
  ['From: <<>>;,"', 'To: group:;', 'Date: never', 'Subject: =?x?B?=?=', '', ''],
];

test('every mail is caught and shown in one shape, odd ones too, and it stops within 2 s', async () => {
  let announced = '';
  const catcher = await startProcess({
    name: 'mail catcher',
    file: join(import.meta.dirname, 'mail-catcher-main.ts'),
    readyLine: (line) => (announced = line) !== '',
  });
  const addresses = JSON.parse(announced) as { smtp_url: string; web_url: string };
  const port = Number(new URL(addresses.smtp_url).port);
  await cutOff(port);
  for (const mail of [...ODD, ORDINARY]) await send(port, mail);
  const inbox = await waitUntil(
    async () => {
      const response = await fetch(`${addresses.web_url}/email`);
      const emails = (await response.json()) as Record<string, unknown>[];
      return emails.length === 4 && emails;
    },
    { timeoutMs: 10_000 },
  );
  expect(inbox?.at(-1)).toMatchObject({
    id: expect.any(String),
    from: [{ address: 'usher@example.com', name: 'Usher' }],
    to: [{ address: 'zoe@example.com', name: 'Zoë' }],
    subject: 'Hello',
    text: expect.stringContaining('words'),
    html: expect.stringContaining('<p>words</p>'),
    headers: { subject: 'Hello' },
  });
  for (const email of inbox ?? []) {
    expect(Array.isArray(email.from) && Array.isArray(email.to)).toBe(true);
    expect([typeof email.subject, typeof email.text, typeof email.html]).not.toContain('undefined');
  }
  const deaf = connect(port, '127.0.0.1');
  await once(deaf, 'connect');
  const begun = performance.now();
  expect(await catcher.stop(5_000)).toEqual({ code: 0, signal: null });
  expect(performance.now() - begun).toBeLessThan(2_000);
  deaf.destroy();
});

/** A plain SMTP dialogue: each answer of the server calls for the next line. */
function send(port: number, mail: string[]): Promise<void> {
  const lines = ['EHLO test', 'MAIL FROM:<a@example.com>', 'RCPT TO:<b@example.com>', 'DATA'];
  lines.push(`${mail.join('\r\n')}\r\n.`, 'QUIT');
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject).once('close', () => resolve());
    createInterface({ input: socket }).on('line', (answer) => {
      if (/^[45]/.test(answer)) reject(new Error(answer));
      const next = /^\d{3} /.test(answer) ? lines.shift() : undefined;
      if (next) socket.write(`${next}\r\n`);
    });
  });
}

/** A client that is killed in the middle of its mail. */
function cutOff(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        'EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\nSubject: h',
      );
    });
    socket.on('data', (answer) => {
      if (answer.toString().includes('354')) socket.resetAndDestroy();
    });
    socket.once('close', () => resolve());
  });
}
