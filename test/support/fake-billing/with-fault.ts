import type { Answer } from './answer.ts';
import type { Fault } from './fault.ts';
import { keyInUse, otherParameters } from './idempotency.ts';
import type { Dialect } from './route.ts';

/** The answer of a fault that strikes before the provider has begun, and stores nothing. */
export function answerBefore(
  fault: Fault | undefined,
  dialect: Dialect,
  { key, retryAfterSeconds }: { key: string | null; retryAfterSeconds: number },
): Answer | undefined {
  switch (fault) {
    case '503':
      return { status: 503, body: '<html>upstream unavailable</html>' };
    case '429':
      return {
        ...dialect.refuse(429, 'Too many requests'),
        headers: { 'retry-after': String(retryAfterSeconds) },
      };
    case 'hang':
      return 'none';
    case 'reset':
      return 'reset';
    case 'redirect':
      return { status: 302, body: '', headers: { location: '/elsewhere' } };
    case 'key-in-use':
      return keyInUse(key ?? '');
    case 'other-parameters':
      return otherParameters(key ?? '');
    default:
      return undefined;
  }
}

/** What the caller gets of an answer, when the fault strikes after the effect. */
export function spoilAfter(fault: Fault | undefined, answer: Exclude<Answer, string>): Answer {
  switch (fault) {
    case 'hang-after':
      return 'none';
    case 'reset-after':
      return 'reset';
    case 'wrong-json':
      return { status: 200, body: { id: 42, customer: [], data: 'none' } };
    case 'not-json':
      return { status: 200, body: '<html>welcome</html>' };
    case 'huge':
      return { status: 200, body: { ...asObject(answer.body), padding: 'x'.repeat(10_000_000) } };
    default:
      return answer;
  }
}

function asObject(body: unknown): object {
  return typeof body === 'object' && body !== null ? body : {};
}
