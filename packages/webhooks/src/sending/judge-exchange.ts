import { errors } from 'undici';
import { DialFailure } from './dial-failure.ts';
import { type Answer, Stopped } from './exchange.ts';
import { readStart } from './read-start.ts';
import { retryAfterMs } from './retry-after.ts';
import type { WebhookCode, WebhookResult } from './webhook-result.ts';

type Verdict = Omit<WebhookResult, 'durationMs'>;

export function judgeAnswer({ status, headers, start }: Answer): Verdict {
  const code = codeOf(status);
  const response = readStart(start);
  if (code === 'delivered') return { code, status, message: null, response };
  const message =
    code === 'redirected' ? `HTTP ${status}: redirects are not followed` : `HTTP ${status}`;
  const wait = retryAfterMs(headers['retry-after']);
  return { code, status, message, response, ...(wait !== undefined && { retryAfterMs: wait }) };
}

function codeOf(status: number): WebhookCode {
  if (status < 300) return 'delivered';
  if (status < 400) return 'redirected';
  return status === 410 ? 'gone' : 'refused';
}

const CLOSED = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'];
// undici asserts what it reads: a status of 099 is an ERR_ASSERTION.
const OF_THE_WIRE = /^(E[A-Z]+|HPE_\w+|UND_ERR_\w+|ERR_SSL_\w+|ERR_ASSERTION)$/;

/** @throws what is a fault of ours. */
export function judgeFailure(error: unknown): Verdict {
  if (error instanceof DialFailure || error instanceof Stopped) {
    return unanswered(error.verdict, error.message);
  }
  if (error instanceof errors.ClientClosedError || error instanceof errors.ClientDestroyedError) {
    return unanswered('interrupted', 'interrupted');
  }
  if (error instanceof errors.HeadersOverflowError) {
    return unanswered('broken_answer', 'the headers of the answer are too long');
  }
  const { code = '' } = error as NodeJS.ErrnoException;
  if (CLOSED.includes(code)) {
    return unanswered('broken_answer', 'the connection was closed before an answer');
  }
  const ours = error instanceof errors.InvalidArgumentError;
  if (!ours && (error instanceof errors.HTTPParserError || OF_THE_WIRE.test(code))) {
    return unanswered('broken_answer', 'the answer is not HTTP');
  }
  throw error;
}

function unanswered(code: WebhookCode, message: string): Verdict {
  return { code, status: null, message, response: null };
}
