import type { WebhookCode } from './webhook-result.ts';

/** No connection was made. Its message is for the endpoint's owner, and names no address. */
export class DialFailure extends Error {
  readonly verdict: WebhookCode;

  constructor(verdict: WebhookCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.verdict = verdict;
  }
}

export const notAllowed = () => new DialFailure('unsafe_address', 'the address is not allowed');

const CERTIFICATE_FAULTS: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'a certificate of the chain is self-signed',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'the certificate chain is incomplete, or of an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate is of an unknown authority',
};

const CLOSED = ['ECONNRESET', 'EPIPE'];
const TOO_SLOW = ['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT'];

/** Puts what went wrong while connecting into words of ours. */
export function judgeDial(error: Error, protocol: string): DialFailure {
  if (error instanceof DialFailure) return error;
  // One error for each address that was tried.
  const cause = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const { code = '', syscall } = cause as NodeJS.ErrnoException;
  const fail = (verdict: WebhookCode, message: string) =>
    new DialFailure(verdict, message, { cause: error });
  if (code === 'ECONNREFUSED') return fail('unreachable', 'the connection was refused');
  if (CLOSED.includes(code)) return fail('unreachable', 'the connection was closed');
  if (protocol === 'http:' || syscall === 'connect' || TOO_SLOW.includes(code)) {
    return fail('unreachable', 'the connection could not be made');
  }
  const known = /^[A-Z0-9_]{1,80}$/.test(code) ? code : 'the handshake failed';
  return fail('tls_failed', `TLS: ${CERTIFICATE_FAULTS[code] ?? known}`);
}
