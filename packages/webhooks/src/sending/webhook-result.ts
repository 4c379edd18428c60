/**
 * What one attempt came to. `refused`: any status but 2xx, 3xx and 410; `redirected`: 3xx, never
 * followed; `gone`: 410; `broken_answer`: a connection, but no answer in HTTP; `interrupted`: our own
 * signal aborted before an answer.
 */
export type WebhookCode =
  | 'delivered'
  | 'refused'
  | 'redirected'
  | 'gone'
  | 'timeout'
  | 'unreachable'
  | 'tls_failed'
  | 'unsafe_address'
  | 'broken_answer'
  | 'interrupted';

export interface WebhookResult {
  code: WebhookCode;
  /** Of the whole attempt, in milliseconds. */
  durationMs: number;
  /** Of HTTP; null without an answer. */
  status: number | null;
  /** One line in our own words, for the endpoint's owner; null when delivered. */
  message: string | null;
  /** The first 1,024 bytes of the answer's body as text, fit for Postgres; null without an answer. */
  response: string | null;
  /** The wait that an answer other than 2xx asked for, at most 24 h. */
  retryAfterMs?: number;
}
