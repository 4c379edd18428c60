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
  /** Take every email at once, and say so only after these milliseconds; `Infinity`: never. */
  answerAfter(ms: number): void;
  /** Take the emails to this address, and never say so. */
  neverAnswer(recipient: string): void;
  /** How many emails were taken whose sender still waits to hear it. */
  waiting(): number;
  /** How many emails were taken whose sender was gone before it could hear it. */
  unheard(): number;
  close(): Promise<void>;
}

/** A real SMTP server that writes down what it accepted. */
export async function startMailLedger(): Promise<MailLedger> {
  const mails: LedgerMail[] = [];
  const refusals = new Map<string, number[]>();
  const silent = new Set<string>();
  let answerAfterMs = 0;
  /** Connections on which an email was taken and not yet answered. */
  const waiting = new Set<string>();
  let unheard = 0;
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
          if (answerAfterMs === 0 && !silent.has(to)) return callback(null);
          waiting.add(session.id);
          if (silent.has(to) || answerAfterMs === Number.POSITIVE_INFINITY) return;
          setTimeout(() => {
            waiting.delete(session.id);
            callback(null);
          }, answerAfterMs);
        }, callback);
      });
    },
    onClose(session) {
      if (waiting.delete(session.id)) unheard += 1;
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
    answerAfter(ms) {
      answerAfterMs = ms;
    },
    neverAnswer(recipient) {
      silent.add(recipient);
    },
    waiting: () => waiting.size,
    unheard: () => unheard,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
