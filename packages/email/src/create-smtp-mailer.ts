import type { Mailer, OutgoingEmail, SendResult } from './mailer.ts';
import { composeMessage } from './message/compose-message.ts';
import { InvalidEmail } from './message/invalid-email.ts';
import { parseMailbox } from './message/parse-mailbox.ts';
import { classifyFailure } from './smtp/classify-failure.ts';
import { startDeadline, Stopped } from './smtp/deadline.ts';
import { openSession } from './smtp/open-session.ts';
import { parseSmtpUrl } from './smtp/parse-smtp-url.ts';
import { createSessionPool, NoneFree } from './smtp/session-pool.ts';
import { SmtpFailure } from './smtp/smtp-failure.ts';

export type SmtpMailerOptions = {
  /** `smtp://` (STARTTLS wherever it is offered; port 587) or `smtps://` (port 465). */
  url: string;
  /** `Name <address>` or an address alone, which then carries the product's name. */
  from: string;
  replyTo?: string;
  productName: string;
  /**
   * For one send over a connection of the pool, and for the wait for that, in milliseconds: 8000 by
   * default, below 10000.
   */
  timeoutMs?: number;
  /** 5 by default. */
  maxConnections?: number;
};

/** A mailer over pooled SMTP connections. Throws on options that cannot work, naming the option. */
export function createSmtpMailer(options: SmtpMailerOptions): Mailer {
  const { timeoutMs = 8_000, maxConnections = 5 } = options;
  // With the wait before it that may be twice as long: whoever holds a lease ends both with the signal.
  if (!(timeoutMs > 0 && timeoutMs < 10_000)) {
    throw new RangeError('timeoutMs must be above 0 and below 10000');
  }
  if (!Number.isInteger(maxConnections) || maxConnections < 1) {
    throw new RangeError('maxConnections must be a whole number, at least 1');
  }
  const server = parseSmtpUrl(options.url);
  const sender = {
    from: parseMailbox('from', options.from, options.productName),
    replyTo:
      options.replyTo === undefined ? undefined : parseMailbox('replyTo', options.replyTo, ''),
    productName: options.productName,
  };
  const pool = createSessionPool((signal) => openSession(server, signal), maxConnections);

  const underWay = new Set<Promise<SendResult>>();
  let closed = false;

  async function sendOne(email: OutgoingEmail, signal: AbortSignal): Promise<SendResult> {
    const waiting = startDeadline(timeoutMs, signal);
    try {
      if (closed)
        throw new SmtpFailure(new Stopped('mailer_closed', 'The mailer is closed'), false);
      const message = await composeMessage(sender, email);
      return await pool.turn(waiting.signal, async () => {
        // The time that others took is not the server's.
        const deadline = startDeadline(timeoutMs, signal);
        try {
          return { kind: 'accepted', response: await pool.deliver(message, deadline.signal) };
        } finally {
          deadline.end();
        }
      });
    } catch (error) {
      return resultOf(error);
    } finally {
      waiting.end();
    }
  }

  return {
    async send(email, signal) {
      const sending = sendOne(email, signal);
      underWay.add(sending);
      try {
        return await sending;
      } finally {
        underWay.delete(sending);
      }
    },

    async verify() {
      const deadline = startDeadline(timeoutMs);
      try {
        const session = await openSession(server, deadline.signal);
        await session.close();
      } catch (error) {
        const result = resultOf(error);
        if (!('message' in result)) throw error;
        throw new Error(`The mail server cannot be used: ${result.message}`, { cause: error });
      } finally {
        deadline.end();
      }
    },

    async close() {
      closed = true;
      // Their callers have the results; here it matters only that they have ended.
      await Promise.allSettled(underWay);
      await pool.close();
    },
  };
}

function resultOf(error: unknown): SendResult {
  if (error instanceof SmtpFailure) return classifyFailure(error);
  if (error instanceof NoneFree) return { kind: 'busy' };
  if (error instanceof InvalidEmail) {
    return { kind: 'rejected', permanent: true, code: error.code, message: error.message };
  }
  throw error;
}
