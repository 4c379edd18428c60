import { PublicError } from '@usher/contracts';
import { findCallers, type Caller } from '@usher/directory';
import { newId } from '@usher/db';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';

/** What a route asks of its caller. */
export interface Requirement {
  /** Reading jobs is free of the rate limit, so that polling costs nobody their writes. */
  counted?: boolean;
  /** Keys scoped to websites may not come here. */
  global?: boolean;
  /** Read-only keys may. */
  reads?: boolean;
}

/**
 * The caller behind `x-api-key`, counted against its organization's minute.
 * @throws {PublicError} `unauthorized`, `rate_limited` or `forbidden`.
 */
export async function authenticate(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  requirement: Requirement = {},
): Promise<Caller> {
  if (keyOf(request) === undefined) {
    throw new PublicError('unauthorized', 'An API key is required in the x-api-key header');
  }
  const caller = await meter(context, request, reply, requirement);
  if (!caller) throw new PublicError('unauthorized', 'The API key is not valid');
  if (caller.readOnly && !requirement.reads) {
    throw new PublicError('forbidden', 'This API key may only read');
  }
  if (requirement.global && caller.scopedTo !== null) {
    throw new PublicError('forbidden', 'This needs an API key for the whole organization');
  }
  return caller;
}

/**
 * Count a request against its organization's minute, and say on its answer where that stands. Without
 * a key that is valid it counts against nobody: null.
 * @throws {PublicError} `rate_limited`.
 */
export async function meter(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  { counted = true }: Requirement = {},
): Promise<Caller | null> {
  const key = keyOf(request);
  const found = key === undefined ? null : await findTogether(context, key, !counted);
  if (!found) return null;
  const { caller, rate } = found;
  request.log = request.log.child({ org_id: caller.orgId, key_id: caller.keyId });
  if (rate) {
    reply.header('x-rate-limit-limit', rate.limit);
    reply.header('x-rate-limit-remaining', Math.max(0, rate.limit - rate.used));
    reply.header('x-rate-limit-reset', rate.resetAt);
    if (counted && rate.used > rate.limit) {
      throw new PublicError('rate_limited', `More than ${rate.limit} requests in this minute`, {
        retryAfterSeconds: Math.max(1, rate.resetAt - Math.floor(Date.now() / 1_000)),
      });
    }
  }
  return caller;
}

function keyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['x-api-key'];
  return typeof key === 'string' && key !== '' ? key : undefined;
}

/** Requests that arrive while others are being authenticated share the next statement. */
function findTogether({ db, config, companions }: Context, key: string, peek: boolean) {
  const countAgainst = { limit: config.rateLimitPerMinute, peek };
  const place = { class: peek ? 'caller, told' : 'caller, counted', subject: newId() };
  return companions.join(place, key, (keys: string[]) => findCallers(db, keys, { countAgainst }));
}
