import type { NodemailerError } from 'nodemailer';
import type { SendResult } from '../mailer.ts';
import { cleanLine } from '../message/clean-line.ts';
import { Stopped } from './deadline.ts';
import { retryHintMs } from './retry-hint.ts';
import { isRefusal, type SmtpFailure } from './smtp-failure.ts';

// RFC 4954: log in first, stronger mechanism needed, wrong credentials, encryption needed.
const authReplies = new Set([530, 534, 535, 538]);

const codes: Record<string, string> = {
  EDNS: 'smtp_dns',
  ETLS: 'smtp_tls',
  ETIMEDOUT: 'smtp_timeout',
  EPROTOCOL: 'smtp_protocol',
  EENVELOPE: 'smtp_protocol',
};

/**
 * The verdict on a failed send.
 *
 * A message whose final dot was not written was not accepted: RFC 5321 (4.1.1.4, 4.1.1.10) has the
 * server drop a transaction whose connection ends before the dot. Whether a dot that we wrote was
 * also read, nobody can tell: from there on, only a complete reply settles it.
 */
export function classifyFailure(failure: SmtpFailure): SendResult {
  const { cause, handedOver } = failure;
  const message = cleanLine(cause.message, 500);
  const rejected = (code: string, permanent: boolean): SendResult => ({
    kind: 'rejected',
    permanent,
    code,
    message,
  });

  if (isRefusal(cause)) {
    const reply = cause.responseCode ?? 0;
    // Our credentials are wrong, not the recipient: mended by an operator, then sent.
    if (authReplies.has(reply)) return rejected('smtp_auth', false);
    // 503 speaks of the session (bad sequence of commands): a new one may take the message.
    if (reply >= 500 && reply !== 503) return rejected('smtp_refused', true);
    const retryAfterMs = retryHintMs(cause.response ?? '');
    return { ...rejected('smtp_deferred', false), ...(retryAfterMs ? { retryAfterMs } : {}) };
  }
  if (handedOver) return { kind: 'unanswered', message };
  if (cause instanceof Stopped) return rejected(cause.code, false);
  if (cause.code === 'EAUTH') return rejected('smtp_auth', false);
  // Nodemailer compared the message with the SIZE that the server announced.
  if (cause.code === 'EMESSAGE') return rejected('message_too_large', true);
  if (isTlsError(cause)) return rejected('smtp_tls', false);
  return rejected(codes[cause.code ?? ''] ?? 'smtp_connection', false);
}

// A certificate that does not hold arrives as a socket error that keeps OpenSSL's own code.
function isTlsError(error: NodemailerError): boolean {
  return /CERT|SSL|TLS/.test(error.originalCode ?? '');
}
