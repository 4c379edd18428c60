import type { ComposedMessage } from '../message/compose-message.ts';
import type { SmtpSession } from './open-session.ts';
import { createSlots } from './slots.ts';
import { isConnectionLost, SmtpFailure } from './smtp-failure.ts';

export interface SessionPool {
  /**
   * Waits for a free connection until the signal aborts, and then does what is to be done with it.
   * @throws {NoneFree}
   */
  turn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  /** In one's turn. Resolves to the server's final reply. Throws only `SmtpFailure`. */
  deliver(message: ComposedMessage, signal: AbortSignal): Promise<string>;
  /** Says goodbye on all connections that are not in use. */
  close(): Promise<void>;
}

/** The time was up before there was a connection for it. */
export class NoneFree extends Error {
  override name = 'NoneFree';
}

/** At most `maxConnections` sessions, each used for one message at a time and then kept. */
export function createSessionPool(
  open: (signal: AbortSignal) => Promise<SmtpSession>,
  maxConnections: number,
): SessionPool {
  const slots = createSlots(maxConnections);
  const idle: SmtpSession[] = [];

  async function deliverOn(session: SmtpSession, message: ComposedMessage, signal: AbortSignal) {
    try {
      return await session.deliver(message, signal);
    } finally {
      if (session.reusable()) idle.push(session);
      else void session.close();
    }
  }

  async function deliver(message: ComposedMessage, signal: AbortSignal) {
    const kept = takeReusable(idle);
    if (!kept) return deliverOn(await open(signal), message, signal);
    try {
      return await deliverOn(kept, message, signal);
    } catch (error) {
      // A kept connection may have died in its sleep. That says nothing about the server, and
      // nothing was handed over: one more try, on a connection that has just answered.
      if (!(error instanceof SmtpFailure && isConnectionLost(error))) throw error;
      return deliverOn(await open(signal), message, signal);
    }
  }

  return {
    async turn(signal, work) {
      try {
        await slots.take(signal);
      } catch (reason) {
        throw new NoneFree('All connections were in use', { cause: reason });
      }
      try {
        return await work();
      } finally {
        slots.give();
      }
    },
    deliver,
    async close() {
      await Promise.all(idle.splice(0).map((session) => session.close()));
    },
  };
}

function takeReusable(idle: SmtpSession[]): SmtpSession | undefined {
  for (let session = idle.pop(); session; session = idle.pop()) {
    if (session.reusable()) return session;
  }
  return undefined;
}
