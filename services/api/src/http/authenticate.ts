import { PublicError } from '@usher/contracts';
import { findCallers, type Caller, type Credential } from '@usher/directory';
import { newId } from '@usher/db';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import { surfaceOf } from '../surfaces/surface-of.ts';

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
 * The caller behind the request's key, counted against its organization's minute.
 * @throws {PublicError} `unauthorized`, `rate_limited` or `forbidden`.
 */
export async function authenticate(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  requirement: Requirement = {},
): Promise<Caller> {
  const { keys } = surfaceOf(pathOf(request));
  if (keys.read(request, context) === undefined) {
    throw new PublicError('unauthorized', `An ${keys.name} is required ${keys.place}`);
  }
  const caller = await meter(context, request, reply, requirement);
  if (!caller) throw new PublicError('unauthorized', `The ${keys.name} is not valid`);
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
  const { keys, rateHeaders } = surfaceOf(pathOf(request));
  const credential = keys.read(request, context) ?? null;
  const found = credential === null ? null : await findTogether(context, credential, !counted);
  if (!found) return null;
  const { caller, rate } = found;
  request.log = request.log.child({ org_id: caller.orgId, key_id: caller.keyId });
  if (rate) {
    reply.header(rateHeaders.limit, rate.limit);
    reply.header(rateHeaders.remaining, Math.max(0, rate.limit - rate.used));
    reply.header(rateHeaders.reset, rate.resetAt);
    if (counted && rate.used > rate.limit) {
      throw new PublicError('rate_limited', `More than ${rate.limit} requests in this minute`, {
        retryAfterSeconds: Math.max(1, rate.resetAt - Math.floor(Date.now() / 1_000)),
      });
    }
  }
  return caller;
}

/** A route's own path, where there is one: a request may spell it in many ways. */
const pathOf = (request: FastifyRequest): string =>
  (request.is404 ? undefined : request.routeOptions.url) ?? request.url;

/** Requests that arrive while others are being authenticated share the next statement. */
function findTogether({ db, config, companions }: Context, credential: Credential, peek: boolean) {
  const countAgainst = { limit: config.rateLimitPerMinute, peek };
  const place = {
    class: peek ? 'caller, told' : 'caller, counted',
    subject: newId(),
    oneAtATime: true,
    most: 32,
  };
  return companions.join(place, credential, (credentials: Credential[]) =>
    findCallers(db, credentials, { countAgainst }),
  );
}
