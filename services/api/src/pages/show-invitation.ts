import { describeInvitation } from '@usher/directory';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { alreadyAcceptedPage, expiredPage, revokedPage, unknownPage } from './closing-pages.ts';
import { invitationPage, type Filled } from './invitation-page.ts';
import { sendPage } from './send-page.ts';

// Anything but one token is a link that we never sent.
const query = z.object({ token: z.string() }).catch({ token: '' });

/** `GET /accept?token=…`: only shows, since mail scanners follow links before people do. */
export function showInvitation(app: FastifyInstance, context: Context): void {
  app.get('/accept', async (request, reply) => {
    const { token } = query.parse(request.query);
    return sendInvitation(reply, context, { token, status: { pending: 200, accepted: 200 } });
  });
}

/** The page for whatever an accept link leads to just now; `status` where the asker decides it. */
export async function sendInvitation(
  reply: FastifyReply,
  context: Context,
  {
    token,
    status,
    filled,
  }: {
    token: string;
    status: { pending: number; accepted: number };
    filled?: Filled;
  },
): Promise<FastifyReply> {
  const id = context.tokens.read(token);
  const invitation = id === null ? null : await describeInvitation(context.db, id);
  if (!invitation) return sendPage(reply, context, 404, unknownPage());
  switch (invitation.state) {
    case 'pending':
      return sendPage(reply, context, status.pending, invitationPage(invitation, token, filled));
    case 'accepted': {
      const product = { name: context.config.productName, url: context.config.acceptRedirectUrl };
      return sendPage(reply, context, status.accepted, alreadyAcceptedPage(invitation, product));
    }
    case 'expired':
      return sendPage(reply, context, 410, expiredPage(invitation));
    case 'revoked':
      return sendPage(reply, context, 410, revokedPage(invitation));
  }
}
