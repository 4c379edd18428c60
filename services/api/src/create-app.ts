import { maxHeaderSize } from 'node:http';
import formbody from '@fastify/formbody';
import { newId } from '@usher/db';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Context } from './context.ts';
import { answerUnroutable } from './http/answer-unroutable.ts';
import { guardRoutes } from './http/guard-routes.ts';
import { handleErrors, type SendError } from './http/handle-errors.ts';
import { logRequests } from './http/log-requests.ts';
import { refuseUnparseable } from './http/refuse-unparseable.ts';
import { takeJson } from './http/take-json.ts';
import { registerHealth } from './http/health.ts';
import { registerPages } from './pages/register.ts';
import { sendAthenaError } from './surfaces/athena/errors.ts';
import { registerAthena } from './surfaces/athena/register.ts';
import { sendProblem } from './surfaces/native/errors.ts';
import { isNative, registerNative } from './surfaces/native/register.ts';

const BODY_LIMIT = 1_048_576;

/** The HTTP application: surfaces side by side, each with its own routes and error shape. */
export async function createApp(context: Context): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: context.logger as FastifyBaseLogger,
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'request_id',
    }),
    frameworkErrors: (error, request, reply) => {
      void answerUnroutable(context, error, [request, reply], sendError(request.url));
    },
    clientErrorHandler: refuseUnparseable(context.logger as FastifyBaseLogger),
    bodyLimit: BODY_LIMIT,
    trustProxy: context.config.trustProxy,
    genReqId: (request) => requestId(request.headers['x-request-id']),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // No URL is longer, so that a long parameter is refused like any other that is wrong.
    routerOptions: { maxParamLength: maxHeaderSize },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  closeConnections(app);
  logRequests(app);
  guardRoutes(app, context);
  takeJson(app);
  handleErrors(app, (reply, error) => sendError(reply.request.url)(reply, error));
  registerHealth(app, context);
  await app.register(async (pages) => {
    await pages.register(formbody);
    registerPages(pages, context);
  });
  await app.register(async (athena) => registerAthena(athena, context), { prefix: '/api/v1' });
  await app.register(async (native) => registerNative(native, context), { prefix: '/api/v1' });
  return app;
}

/** While it drains, each connection ends with the answer that it waits for, and takes nothing new. */
function closeConnections(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', async (_, reply, payload) => {
    if (closing) reply.header('connection', 'close');
    return payload;
  });
}

/** Where no route was found, the path tells whose error shape it is. */
const sendError = (url: string): SendError => (isNative(url) ? sendProblem : sendAthenaError);

/** A caller's own request id if it is harmless in a log, else a new one. */
function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.-]{1,100}$/.test(given) ? given : newId();
}
