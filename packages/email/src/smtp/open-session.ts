import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { ComposedMessage } from '../message/compose-message.ts';
import type { SmtpServer } from './parse-smtp-url.ts';
import { isRefusal, SmtpFailure } from './smtp-failure.ts';

// Servers hang up after minutes of silence; leaving first spares the next email a lost round trip.
const idleLimitMs = 30_000;
const goodbyeLimitMs = 1_000;
// Many servers refuse further messages on one connection after a hundred or so.
const messageLimit = 100;
const sliceBytes = 16_384;

export interface SmtpSession {
  /** Hands one message over; resolves to the server's final reply. Throws only `SmtpFailure`. */
  deliver(message: ComposedMessage, signal: AbortSignal): Promise<string>;
  reusable(): boolean;
  /** Whether nobody on the way can read along. */
  encrypted(): boolean;
  /** Whether there is a user, and the server asked who we are. */
  loggedIn(): boolean;
  close(): Promise<void>;
}

/**
 * Connects and logs in. Throws only `SmtpFailure`.
 *
 * Nodemailer's own pool is not used because it reports a connection lost before, during and after
 * the content with the same error. Here the message is a stream of ours, and nodemailer writes the
 * final dot only once that stream has ended, so its end tells the two sides of the doubt apart.
 */
export async function openSession(server: SmtpServer, signal: AbortSignal): Promise<SmtpSession> {
  const connection = new SMTPConnection({
    ...server.connection,
    socketTimeout: idleLimitMs,
    socketCloseTimeout: 0,
  });
  let broken: Error | undefined;
  let refused = false;
  let messages = 0;
  let loggedIn = false;
  connection.on('error', (error: Error) => {
    broken = error;
  });

  try {
    await converse(connection, signal, (done) => connection.connect(done));
    const { auth } = server;
    if (auth && connection.allowsAuth) {
      await converse(connection, signal, (done) =>
        connection.login({ user: auth.user, credentials: { ...auth } }, done),
      );
      loggedIn = true;
    }
  } catch (error) {
    connection.close();
    throw new SmtpFailure(error, false);
  }

  return {
    async deliver({ envelope, content }, stop) {
      const source = Readable.from(slices(content), { objectMode: false });
      messages += 1;
      try {
        if (refused) await converse(connection, stop, (done) => connection.reset(done));
        refused = false;
        const info = await converse<{ response: string }>(connection, stop, (done) =>
          connection.send({ ...envelope, size: content.length }, source, done),
        );
        if (source.readableEnded) return info.response;
      } catch (error) {
        const failure = new SmtpFailure(error, source.readableEnded);
        refused = isRefusal(failure.cause);
        // Refused in the middle of the content: the rest of it would be read as commands.
        const midway = source.readableDidRead && !source.readableEnded;
        if (!refused || midway) connection.close();
        throw failure;
      }
      // An acceptance that comes before the message is complete belongs to something else.
      connection.close();
      throw new SmtpFailure(new Error('The server accepted before it had the whole message'), true);
    },

    encrypted: () => connection.secure,
    loggedIn: () => loggedIn,

    reusable: () => broken === undefined && !connection.destroyed && messages < messageLimit,

    async close() {
      if (connection.destroyed) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => connection.close(), goodbyeLimitMs);
        connection.once('end', () => {
          clearTimeout(timer);
          resolve();
        });
        connection.quit();
      });
    },
  };
}

/** One exchange: settles with its own reply, or when the connection ends, or at once on abort. */
function converse<T>(
  connection: SMTPConnection,
  signal: AbortSignal,
  start: (done: (error?: Error | null, value?: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error | null, value?: T) => {
      connection.off('error', settle);
      connection.off('end', onEnd);
      signal.removeEventListener('abort', onAbort);
      if (error) reject(error);
      else resolve(value as T);
    };
    // On a 421 the connection ends an instant before the reply's own error is handed out.
    const onEnd = () => setImmediate(settle, new Error('The server closed the connection'));
    const onAbort = () => {
      connection.close();
      settle(signal.reason);
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    connection.on('error', settle);
    connection.on('end', onEnd);
    start(settle);
  });
}

function* slices(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += sliceBytes) {
    yield content.subarray(at, at + sliceBytes);
  }
}
