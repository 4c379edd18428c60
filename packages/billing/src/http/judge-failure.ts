import type { Upstream } from '../provider.ts';
import { Stopped } from './deadline.ts';
import { TooLarge } from './fetch-bounded.ts';

/**
 * The verdict on a request that brought no answer: `unavailable` if it certainly was not sent, since
 * no connection was made. Only texts of our own get into the reason: those of `fetch` quote headers.
 */
export function judgeFailure(error: unknown): Upstream<never> {
  if (error instanceof Stopped) return { kind: 'unanswered', reason: error.message };
  if (error instanceof TooLarge) {
    return { kind: 'unanswered', reason: 'The answer of the provider is too large to be read' };
  }
  const causes = causesOf(error);
  if (causes.some(isRedirect)) {
    return { kind: 'unanswered', reason: 'The provider answers with a redirect: not followed' };
  }
  const code = causes.map(codeOf).find((found) => found !== undefined) ?? 'no code';
  return causes.every(isUnconnected)
    ? { kind: 'unavailable', reason: `The provider cannot be reached (${code})`, untouched: true }
    : { kind: 'unanswered', reason: `The connection to the provider was lost (${code})` };
}

/** What `fetch` hides behind "fetch failed": one error, or one for each address that was tried. */
function causesOf(error: unknown): unknown[] {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof AggregateError && cause.errors.length > 0 ? cause.errors : [cause];
}

function isUnconnected(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const { syscall } = cause as NodeJS.ErrnoException;
  return (
    syscall === 'connect' ||
    syscall === 'getaddrinfo' ||
    codeOf(cause) === 'UND_ERR_CONNECT_TIMEOUT'
  );
}

function isRedirect(cause: unknown): boolean {
  return cause instanceof Error && cause.message === 'unexpected redirect';
}

function codeOf(cause: unknown): string | undefined {
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]*$/.test(code) ? code : undefined;
}
