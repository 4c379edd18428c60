import { accessTokenBody, PublicError, type AccessTokenResource } from '@usher/contracts';
import { ACCESS_TOKEN_SECONDS, isAccessToken } from '@usher/directory';
import { answerOnce } from '@usher/jobs';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';
import { validate } from '../../http/validate.ts';
import { bearerOf } from './credential.ts';

const TERMS = { token_type: 'Bearer', expires_in: ACCESS_TOKEN_SECONDS } as const;

/**
 * `POST /v1/auth/access-tokens`: a token that may what the API key in this request's own header may,
 * as long as that key lives. It is kept nowhere: a repeat under one Idempotency-Key gets another one.
 */
export function issueAccessToken(app: FastifyInstance, context: Context): void {
  app.post(
    '/auth/access-tokens',
    requires({ reads: true }),
    async (request, reply): Promise<AccessTokenResource> => {
      const { caller } = request;
      validate(accessTokenBody, request.body);
      const key = bearerOf(request);
      if (key === undefined || isAccessToken(key)) {
        // One that got lost could be prolonged for ever.
        throw new PublicError('forbidden', 'Access tokens are issued to API keys alone');
      }
      const claim = readIdempotencyKey(request, caller);
      if (claim) {
        const { orgId } = caller;
        const answer = { status: 200, body: TERMS };
        const { replayed } = await answerOnce(context.db, { ...claim, orgId }, async () => answer);
        if (replayed) reply.header('idempotent-replayed', 'true');
      }
      reply.header('cache-control', 'no-store');
      return { access_token: context.accessTokens.issue(key), ...TERMS };
    },
  );
}
