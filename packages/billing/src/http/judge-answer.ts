import type { Upstream } from '../provider.ts';
import { cleanReason } from './clean-reason.ts';
import type { Answer } from './fetch-bounded.ts';
import { retryAfterMs } from './retry-after.ts';

/** What a provider's own words say about a refusal; what is left out, the status decides. */
export interface Refusal {
  message?: string;
  code?: string;
  /** True: it is not final, whatever the status. */
  passing?: boolean;
  /** See `Upstream`. */
  keySpent?: boolean;
}

/** Reads a refusal's body, which may be anything at all: undefined where it was not JSON. */
export type Explain = (body: unknown, answer: Answer) => Refusal;

const PASSING = new Set([408, 425, 429]);

/** The verdict on an answer that is not a 2xx. */
export function judgeAnswer(answer: Answer, explain: Explain, secret: string): Upstream<never> {
  const { status, headers } = answer;
  const refusal = explain(parseJson(answer.text), answer);
  const reason =
    cleanReason(refusal.message ?? '', secret) || `The provider answered with status ${status}`;
  if (status >= 500 || PASSING.has(status) || refusal.passing) {
    const wait = retryAfterMs(status, headers);
    return {
      kind: 'unavailable',
      reason,
      ...(wait !== undefined && { retryAfterMs: wait }),
      ...(refusal.keySpent && { keySpent: true as const }),
      ...(status === 429 && { untouched: true as const }),
    };
  }
  if (status < 400) return { kind: 'unanswered', reason };
  return {
    kind: 'rejected',
    reason,
    status,
    ...(refusal.code && { code: refusal.code }),
    ...(refusal.keySpent && { keySpent: true as const }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page, or nothing: the status speaks for itself.
    return undefined;
  }
}
