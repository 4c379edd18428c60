import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { AcceptedMail } from '../checker/evidence.ts';
import type { PlannedMailFault } from '../plan/plan.ts';

/** An SMTP server that writes down what it accepted, and when, and can be bad at it. */
export interface SmtpLedger {
  url: string;
  mails: AcceptedMail[];
  /** Faults that no email has met yet. */
  pending(): number;
  /** From now on it takes everything, but for the refused addresses. */
  heal(): void;
  close(): Promise<void>;
}

export async function startSmtpLedger(options: {
  faults: readonly PlannedMailFault[];
  refused: readonly string[];
  onFault: (what: string) => void;
  onMail: (mail: AcceptedMail) => void;
}): Promise<SmtpLedger> {
  const mails: AcceptedMail[] = [];
  const sockets = new Map<number, Socket>();
  const faults = new Map(options.faults.map((fault) => [fault.nth, fault.act]));
  let dots = 0;
  let healed = false;

  const cut = (session: SMTPServerSession) => sockets.get(session.remotePort)?.destroy();
  const receive = async (raw: Buffer, session: SMTPServerSession) => {
    const to = session.envelope.rcptTo.map((recipient) => recipient.address).join(',');
    const parsed = await PostalMime.parse(raw);
    const accept = () => {
      const mail = {
        at: Date.now(),
        to,
        messageId: parsed.messageId ?? '',
        text: parsed.text ?? '',
      };
      mails.push(mail);
      options.onMail(mail);
    };
    if (options.refused.includes(to)) throw reply(550, 'no such mailbox');
    dots += 1;
    const fault = healed ? undefined : faults.get(dots);
    if (fault) options.onFault(`${fault} of email ${dots} to ${to}`);
    switch (fault) {
      case 'defer':
        throw reply(451, 'try again later');
      case 'hang':
        return new Promise<void>(() => {});
      case 'hang-accepted':
        accept();
        return new Promise<void>(() => {});
      case 'cut-before':
        cut(session);
        throw reply(421, 'cut');
      case 'cut-after':
        accept();
        cut(session);
        throw reply(421, 'cut');
      default:
        accept();
    }
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 100,
    onData(stream, session, callback) {
      buffer(stream)
        .then((raw) => receive(raw, session))
        .then(() => callback(null), callback);
    },
  });
  server.server.on('connection', (socket) => {
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    socket.once('close', () => sockets.delete(port));
  });
  // Clients that are killed in the middle of a dialogue are what trials are about.
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') throw error;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    pending: () => [...faults.keys()].filter((nth) => nth > dots).length,
    heal() {
      healed = true;
    },
    async close() {
      for (const socket of sockets.values()) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const reply = (responseCode: number, text: string) =>
  Object.assign(new Error(text), { responseCode });
