import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { expect, onTestFinished, test } from 'vitest';
import { inspectSmtp } from './inspect-smtp.ts';

/** A server, and what it was given; its certificate is one that nobody signed. */
async function startServer(options: SMTPServerOptions) {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    logger: false,
    onMailFrom({ address }, _, callback) {
      mails.push(address);
      callback();
    },
    onAuth({ username, password }, _, callback) {
      const isRight = username === 'ann' && password === 'right';
      callback(isRight ? null : new Error('Wrong password'), { user: username });
    },
    ...options,
  });
  // A client that distrusts the certificate breaks the connection off.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  return { at: `127.0.0.1:${(server.server.address() as AddressInfo).port}`, mails };
}

const TRUST = 'tls.rejectUnauthorized=false';

test('it tells whether the way is encrypted, by smtps or STARTTLS, and sends nothing', async () => {
  const wrapped = await startServer({ secure: true });
  const upgraded = await startServer({});
  const plain = await startServer({ disabledCommands: ['STARTTLS'] });
  const found = await Promise.all([
    inspectSmtp(`smtps://${wrapped.at}?${TRUST}`),
    inspectSmtp(`smtp://${upgraded.at}?${TRUST}`),
    inspectSmtp(`smtp://${plain.at}`),
  ]);
  expect(found).toEqual([
    { server: wrapped.at, encrypted: true, loggedIn: false },
    { server: upgraded.at, encrypted: true, loggedIn: false },
    { server: plain.at, encrypted: false, loggedIn: false },
  ]);
  expect([...wrapped.mails, ...upgraded.mails, ...plain.mails]).toEqual([]);
});

test('a login is tried, and a wrong one is told without the password', async () => {
  const { at } = await startServer({});
  const right = await inspectSmtp(`smtp://ann:right@${at}?${TRUST}`);
  expect(right).toMatchObject({ loggedIn: true });
  const unasked = await startServer({ disabledCommands: ['AUTH'] });
  const nobody = await inspectSmtp(`smtp://ann:right@${unasked.at}?${TRUST}`);
  expect(nobody).toMatchObject({ loggedIn: false });
  const wrong = inspectSmtp(`smtp://ann:hunter2@${at}?${TRUST}`);
  await expect(wrong).rejects.toThrow(/Wrong password/);
  await expect(wrong).rejects.not.toThrow(/hunter2/);
});

test('a certificate that does not hold, and a server that is away, are errors that say so', async () => {
  const { at } = await startServer({});
  await expect(inspectSmtp(`smtp://${at}`)).rejects.toThrow(/certificate/i);
  await expect(inspectSmtp('smtp://127.0.0.1:1')).rejects.toThrow(/ECONNREFUSED/);
});
