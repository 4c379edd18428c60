import { assertSchema } from '@usher/db';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../context.ts';

/** `/health/live`: the process answers. `/health/ready`: so does Postgres, and its schema fits. */
export function registerHealth(app: FastifyInstance, context: Context): void {
  app.get('/health/live', async () => ({ status: 'ok' }));
  app.get('/health/ready', async (_, reply) => {
    try {
      await assertSchema(context.db);
      return { status: 'ok' };
    } catch (error) {
      return reply.code(503).send({ status: 'unavailable', reason: (error as Error).name });
    }
  });
}
