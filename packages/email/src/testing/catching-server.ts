import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { callbackify } from 'node:util';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export type CaughtEmail = {
  raw: string;
  parsed: Email;
  mailFrom: string;
  rcptTo: string[];
  smtpUtf8: boolean;
};

/** A real SMTP server that keeps what it accepts. */
export async function startCatchingServer(options: SMTPServerOptions = {}) {
  const emails: CaughtEmail[] = [];
  let connections = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onConnect(_session, callback) {
      connections += 1;
      callback();
    },
    onData(stream, session, callback) {
      const keep = async () => {
        const raw = await buffer(stream);
        const { mailFrom, rcptTo } = session.envelope;
        emails.push({
          raw: raw.toString(),
          parsed: await PostalMime.parse(raw),
          mailFrom: mailFrom === false ? '' : mailFrom.address,
          rcptTo: rcptTo.map(({ address }) => address),
          smtpUtf8: mailFrom !== false && JSON.stringify(mailFrom.args).includes('SMTPUTF8'),
        });
      };
      callbackify(keep)((error) => callback(error, 'caught'));
    },
    ...options,
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    emails,
    connections: () => connections,
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}
