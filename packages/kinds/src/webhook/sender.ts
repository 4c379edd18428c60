/** What came of one attempt at a delivery. */
export interface WebhookResult {
  durationMs: number;
  /** Null: there was no answer. */
  status: number | null;
  code:
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
  /** One line. */
  message: string | null;
  /** The first 1 KB of the answer's body. */
  response: string | null;
  retryAfterMs?: number;
}

/** What delivering needs of whoever can. */
export interface WebhookSender {
  /** Signs one attempt, to be made at once. @throws where no secret can be opened. */
  prepare(webhook: {
    url: string;
    eventId: string;
    endpointId: string;
    body: string;
    sealedSecrets: readonly Buffer[];
  }): (signal: AbortSignal) => Promise<WebhookResult>;
}
