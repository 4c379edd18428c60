import type { FastifyInstance } from 'fastify';
import type { Context } from '../context.ts';
import { handleErrors } from '../http/handle-errors.ts';
import { acceptInvitationPage } from './accept-invitation.ts';
import { errorPage } from './error-page.ts';
import { sendPageHeaders } from './page-headers.ts';
import { sendPage } from './send-page.ts';
import { showInvitation } from './show-invitation.ts';

/** Pages for people: they work without JavaScript. */
export function registerPages(app: FastifyInstance, context: Context): void {
  handleErrors(app, (reply, error) =>
    sendPage(reply, context, error.status, errorPage(error, reply.request.id)),
  );
  // A form is all that these pages send.
  app.removeContentTypeParser('application/json');
  sendPageHeaders(app, context);
  showInvitation(app, context);
  acceptInvitationPage(app, context);
}
