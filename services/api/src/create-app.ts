import { maxHeaderSize } from 'node:http';
import formbody from '@fastify/formbody';
import { PublicError } from '@usher/contracts';
import { newId } from '@usher/db';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Context } from './context.ts';
import { answerUnroutable } from './http/answer-unroutable.ts';
import { guardRoutes } from './http/guard-routes.ts';
import { handleErrors } from './http/handle-errors.ts';
import { logRequests } from './http/log-requests.ts';
import { refuseUnparseable } from './http/refuse-unparseable.ts';
import { sendErrorOf } from './http/surface.ts';
import { takeJson } from './http/take-json.ts';
import { registerHealth } from './http/health.ts';
import { registerPages } from './pages/register.ts';
import { registerReference } from './reference/register.ts';
import { registerAthena } from './surfaces/athena/register.ts';
import { registerConnect } from './surfaces/connect/register.ts';
import { registerKonstantly } from './surfaces/konstantly/register.ts';
import { registerNative } from './surfaces/native/register.ts';
import { surfaceOf } from './surfaces/surface-of.ts';

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
      const send = sendErrorOf(surfaceOf(request.url));
      void answerUnroutable(context, error, [request, reply], send);
    },
    clientErrorHandler: refuseUnparseable(context.logger as FastifyBaseLogger),
    // Node would refuse it with an empty body.
    http: { requireHostHeader: false },
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
  judgeHeaders(app);
  closeConnections(app);
  logRequests(app);
  guardRoutes(app, context);
  takeJson(app);
  // Where no route was found, the path tells whose error shape it is.
  handleErrors(app, (reply, error) => sendErrorOf(surfaceOf(reply.request.url))(reply, error));
  registerHealth(app, context);
  registerReference(app, context);
  await app.register(async (pages) => {
    await pages.register(formbody);
    registerPages(pages, context);
  });
  await app.register(async (athena) => registerAthena(athena, context), { prefix: '/api/v1' });
  await app.register(async (native) => registerNative(native, context), { prefix: '/api/v1' });
  await app.register(async (connect) => registerConnect(connect, context), { prefix: '/v1' });
  const openapi = { prefix: '/openapi/v1' };
  await app.register(async (konstantly) => registerKonstantly(konstantly, context), openapi);
  return app;
}

/** What node would refuse by itself, with an empty body. */
function judgeHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ headers, raw }) => {
    if (headers.host !== undefined || raw.httpVersion === '1.0') return;
    throw new PublicError('invalid_request', 'A Host header is required');
  });
  // Expectations that are unknown may be ignored (RFC 9110, 10.1.1).
  app.server.on('checkExpectation', (...asked) => app.server.emit('request', ...asked));
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

/** A caller's own request id if it is harmless in a log, else a new one. */
function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.-]{1,100}$/.test(given) ? given : newId();
}
