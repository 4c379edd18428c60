/** What is wrong with a webhook: its headers, its time, its signature, or its body. */
export type VerificationFailure = 'headers' | 'timestamp' | 'signature' | 'body';

/** A webhook that is not proven to be what it claims: answer it 400, and do nothing. */
export class WebhookVerificationError extends Error {
  override name = 'WebhookVerificationError';
  readonly reason: VerificationFailure;

  constructor(reason: VerificationFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
