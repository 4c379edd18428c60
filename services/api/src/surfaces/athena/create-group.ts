import { createGroupBody, PublicError } from '@usher/contracts';
import { createGroup } from '@usher/directory';
import { answerOnce } from '@usher/jobs';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { authenticate } from '../../http/authenticate.ts';
import { readIdempotencyKey } from '../../http/idempotency-key.ts';
import { validate } from '../../http/validate.ts';
import { refuseExternalId } from './external-id.ts';
import { toGroup } from './resources.ts';

/** `POST /api/v1/groups`: 201 with the group, `websiteIds` in place of `websites`. */
export function createGroupRoute(app: FastifyInstance, context: Context): void {
  app.post('/groups', async (request, reply) => {
    const caller = await authenticate(context, request, reply, { global: true });
    const body = validate(createGroupBody, request.body);
    refuseExternalId(caller, body.external_id);
    if (body.billing_enabled) throw new PublicError('state_conflict', 'Billing is not configured');
    const key = readIdempotencyKey(request);
    const answer = await answerOnce(
      context.db,
      key && { ...key, orgId: caller.orgId },
      async (trx) => {
        const made = await createGroup(trx, caller.orgId, {
          name: body.name,
          websiteIds: body.website_ids,
          externalId: body.external_id,
        });
        const { websites, ...group } = toGroup(made, caller);
        const websiteIds = websites.map((website) => website.id);
        return { status: 201, body: { group: { ...group, websiteIds } } };
      },
    );
    if (answer.replayed) reply.header('idempotent-replayed', 'true');
    return reply.code(answer.status).send(answer.body);
  });
}
