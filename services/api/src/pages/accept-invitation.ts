import { PublicError, text } from '@usher/contracts';
import { acceptInvitation, type Acceptance } from '@usher/directory';
import { WEBHOOK } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { acceptedPage } from './closing-pages.ts';
import type { Filled } from './invitation-page.ts';
import { sendPage } from './send-page.ts';
import { sendInvitation } from './show-invitation.ts';

const BODY_LIMIT = 16_384;
const form = z.object({
  token: z.string().catch(''),
  first_name: z.unknown().optional(),
  last_name: z.unknown().optional(),
});
const name = text(0, 255).nullish();
const names = z.object({ first_name: name, last_name: name });

/** `POST /accept`: everything still pending is accepted together; then the person goes on. */
export function acceptInvitationPage(app: FastifyInstance, context: Context): void {
  app.post('/accept', { bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const sent = form.parse(request.body ?? {});
    const { token } = sent;
    const parsed = names.safeParse(sent);
    if (!parsed.success) {
      const filled = fillAgain(sent, parsed.error);
      return sendInvitation(reply, context, {
        token,
        status: { pending: 400, accepted: 409 },
        filled,
      });
    }
    const acceptance = await accept(context, token, parsed.data, request.id);
    if (!acceptance) {
      return sendInvitation(reply, context, { token, status: { pending: 409, accepted: 409 } });
    }
    const { acceptRedirectUrl } = context.config;
    if (acceptRedirectUrl !== undefined) return reply.redirect(acceptRedirectUrl, 303);
    return sendPage(reply, context, 200, acceptedPage(acceptance));
  });
}

/** Null where there is nothing (any more) to accept: the page that then follows says why. */
async function accept(
  context: Context,
  token: string,
  { first_name, last_name }: z.output<typeof names>,
  requestId: string,
): Promise<Acceptance | null> {
  const id = context.tokens.read(token);
  if (id === null) return null;
  try {
    const given = { firstName: first_name, lastName: last_name };
    const by = { apiKeyId: null, requestId };
    const acceptance = await acceptInvitation(context.db, id, given, by);
    context.wake.notify(WEBHOOK);
    return acceptance;
  } catch (error) {
    if (error instanceof PublicError && error.status < 500) return null;
    throw error;
  }
}

function fillAgain(
  sent: { first_name?: unknown; last_name?: unknown },
  { issues }: z.ZodError,
): Filled {
  const problemOf = (field: string) => issues.find(({ path }) => path[0] === field)?.message;
  return {
    firstName: typed(sent.first_name),
    lastName: typed(sent.last_name),
    problems: { first_name: problemOf('first_name'), last_name: problemOf('last_name') },
  };
}

const typed = (value: unknown) =>
  typeof value === 'string' ? value.replace(/[\p{Cc}\p{Cs}]/gu, '') : '';
