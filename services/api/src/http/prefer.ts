import type { FastifyReply, FastifyRequest } from 'fastify';

/** How long a synchronous answer is waited for when the client says nothing. */
const DEFAULT_WAIT_S = 30;
const LONGEST_WAIT_S = 60;

export interface Preference {
  /** Whether there is any that is heeded. */
  stated: boolean;
  respondAsync: boolean;
  /** Seconds to wait before a 202. */
  waitSeconds: number;
}

/**
 * Read `Prefer: respond-async` and `wait=N` (RFC 7240), and answer with `Preference-Applied`.
 * @param never202 where it is never promised for later: then `respond-async` is not heeded.
 */
export function readPreference(
  request: FastifyRequest,
  reply: FastifyReply,
  { never202 = false } = {},
): Preference {
  const header = request.headers.prefer;
  const tokens = (Array.isArray(header) ? header.join(',') : (header ?? ''))
    .split(/[,;]/)
    .map((token) => token.trim().toLowerCase());
  const respondAsync = !never202 && tokens.includes('respond-async');
  const asked = tokens.map((token) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(token)?.[1]).find(Boolean);
  const wait = asked === undefined ? undefined : Math.min(Number(asked), LONGEST_WAIT_S);
  const applied = [
    ...(respondAsync ? ['respond-async'] : []),
    ...(wait === undefined ? [] : [`wait=${wait}`]),
  ];
  const stated = applied.length > 0;
  if (stated) reply.header('preference-applied', applied.join(', '));
  return { stated, respondAsync, waitSeconds: wait ?? (respondAsync ? 0 : DEFAULT_WAIT_S) };
}
