import type { NodemailerError } from 'nodemailer';
import { Stopped } from './deadline.ts';

/**
 * A failure together with the one thing that decides what may follow: whether the server can have
 * had the whole message. `handedOver` false means that the final dot certainly never left us.
 */
export class SmtpFailure extends Error {
  readonly handedOver: boolean;
  override readonly cause: NodemailerError;

  constructor(cause: unknown, handedOver: boolean) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    super(error.message, { cause: error });
    this.cause = error;
    this.handedOver = handedOver;
  }
}

/** True for a complete reply 4xx or 5xx to a command of the message's own dialogue. */
export function isRefusal(error: NodemailerError): boolean {
  // Fragments of a reply cut short are reported under connection codes; they are no answer.
  const answered = error.code === 'EENVELOPE' || error.code === 'EMESSAGE';
  const reply = error.responseCode ?? 0;
  return answered && reply >= 400 && reply <= 599;
}

/** True if the connection, not the message, was at fault, and nothing was handed over. */
export function isConnectionLost(failure: SmtpFailure): boolean {
  if (failure.handedOver || failure.cause instanceof Stopped) return false;
  return !isRefusal(failure.cause) || failure.cause.responseCode === 421;
}
