import type { EmailContent } from './templates/render-content.ts';

/** One email to one address. `messageId` is without angle brackets, `local@domain`. */
export type OutgoingEmail = { to: string; messageId: string; content: EmailContent };

/**
 * What became of one email.
 * - `accepted`: the server took it; `response` is its last reply.
 * - `rejected`: certainly not accepted. `permanent`: the same email will be refused again.
 *   `retryAfterMs`: the server named a time, in milliseconds. Codes: `smtp_refused` (5xx),
 *   `smtp_deferred` (4xx), `smtp_auth`, `smtp_tls`, `smtp_dns`, `smtp_connection`,
 *   `smtp_protocol`, `smtp_timeout`, `aborted`, `mailer_closed`, `message_too_large`,
 *   `invalid_address`, `invalid_email`.
 * - `unanswered`: all of it was handed over and no final answer was read: the server may have
 *   accepted it.
 */
export type SendResult =
  | { kind: 'accepted'; response: string }
  | { kind: 'rejected'; permanent: boolean; code: string; message: string; retryAfterMs?: number }
  | { kind: 'unanswered'; message: string }
  /** All connections were in use until the time was up: the server was not asked. */
  | { kind: 'busy' };

export interface Mailer {
  /** Sends one email, once. Settles at once when `signal` aborts. Never throws for a fault upstream. */
  send(email: OutgoingEmail, signal: AbortSignal): Promise<SendResult>;
  /** Connects and logs in; throws an Error that says what failed, without any secret. */
  verify(): Promise<void>;
  /** Waits for the emails on their way (each has its own time limit), then says goodbye. */
  close(): Promise<void>;
}
