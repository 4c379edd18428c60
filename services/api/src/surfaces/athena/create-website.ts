import { createWebsiteBody } from '@usher/contracts';
import { createWebsites } from '@usher/directory';
import { answerOnce } from '@usher/jobs';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { actorOf } from '../../http/actor-of.ts';
import { requires } from '../../http/guard-routes.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';
import { validate } from '../../http/validate.ts';
import { refuseExternalId } from './external-id.ts';
import { toWebsite } from './resources.ts';

/** `POST /api/v1/websites`: 201 with the website. */
export function createWebsite(app: FastifyInstance, context: Context): void {
  app.post('/websites', requires({ global: true }), async (request, reply) => {
    const { caller } = request;
    const body = validate(createWebsiteBody, request.body);
    refuseExternalId(caller, body.external_id);
    const key = readIdempotencyKey(request);
    const answer = await answerOnce(
      context.db,
      key && { ...key, orgId: caller.orgId },
      async (trx) => {
        const wanted = { url: body.url, name: body.name, externalId: body.external_id };
        const websites = await createWebsites(trx, caller.orgId, [wanted], actorOf(request));
        const [website] = websites.map((made) => toWebsite(made, caller));
        return { status: 201, body: { website } };
      },
    );
    if (answer.replayed) reply.header('idempotent-replayed', 'true');
    return reply.code(answer.status).send(answer.body);
  });
}
