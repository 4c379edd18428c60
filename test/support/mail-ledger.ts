import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

export interface LedgerMail {
  to: string;
  messageId: string;
  subject: string;
  text: string;
  html: string;
}

export interface MailLedger {
  url: string;
  /** Every email that was accepted, in the order of acceptance. */
  mails: LedgerMail[];
  to(recipient: string): LedgerMail[];
  /** Answer the final dot of the next emails to this address with these codes, then accept. */
  refuse(recipient: string, ...codes: number[]): void;
  close(): Promise<void>;
}

/** A real SMTP server that writes down what it accepted. */
export async function startMailLedger(): Promise<MailLedger> {
  const mails: LedgerMail[] = [];
  const refusals = new Map<string, number[]>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    logger: false,
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map((recipient) => recipient.address).join(',');
        const code = refusals.get(to)?.shift();
        if (code !== undefined) {
          return callback(Object.assign(new Error('refused on request'), { responseCode: code }));
        }
        PostalMime.parse(Buffer.concat(chunks)).then((mail) => {
          mails.push({
            to,
            messageId: mail.messageId ?? '',
            subject: mail.subject ?? '',
            text: mail.text ?? '',
            html: mail.html ?? '',
          });
          callback(null);
        }, callback);
      });
    },
  });
  // A client that is killed in the middle of a dialogue is what these tests are about.
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') throw error;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    to: (recipient) => mails.filter((mail) => mail.to === recipient),
    refuse(recipient, ...codes) {
      refusals.set(recipient, codes);
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
