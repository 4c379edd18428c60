import { startDeadline } from './smtp/deadline.ts';
import { openSession } from './smtp/open-session.ts';
import { parseSmtpUrl } from './smtp/parse-smtp-url.ts';
import { SmtpFailure } from './smtp/smtp-failure.ts';
import { cleanLine } from './message/clean-line.ts';

const TIMEOUT_MS = 8_000;
const MESSAGE_MOST = 300;

/** How a mail server answers. */
export interface SmtpFacts {
  /** As in `smtp.example.com:587`. */
  server: string;
  /** By `smtps:` or STARTTLS. */
  encrypted: boolean;
  /** Whether the address has a user, and the server let them in. */
  loggedIn: boolean;
}

/**
 * Connect to a mail server as the mailer does, EHLO, STARTTLS and login included, and hang up: no email
 * is sent.
 * @throws TypeError for an address that cannot be; an Error that says why the server cannot be used.
 */
export async function inspectSmtp(url: string): Promise<SmtpFacts> {
  const server = parseSmtpUrl(url);
  const deadline = startDeadline(TIMEOUT_MS);
  try {
    const session = await openSession(server, deadline.signal);
    const [encrypted, loggedIn] = [session.encrypted(), session.loggedIn()];
    await session.close();
    const { host, port } = server.connection;
    return { server: `${host}:${port}`, encrypted, loggedIn };
  } catch (error) {
    if (!(error instanceof SmtpFailure)) throw error;
    throw new Error(cleanLine(error.cause.message, MESSAGE_MOST), { cause: error });
  } finally {
    deadline.end();
  }
}
