import { Readable } from 'node:stream';
import { listAuditLogQuery, type ListAuditLogQuery } from '@usher/contracts';
import { eachAuditEntries, listAuditLog } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { validate } from '../../http/validate.ts';

const NDJSON = 'application/x-ndjson';

/** `GET /api/v1/audit-log`: newest first, as a page or, as NDJSON, all of it. */
export function listAuditLogRoute(app: FastifyInstance, context: Context): void {
  app.get('/audit-log', requires({ global: true, reads: true }), async (request, reply) => {
    const { orgId } = request.caller;
    const query = validate(listAuditLogQuery, request.query);
    if (request.headers.accept?.includes(NDJSON)) {
      return reply
        .type(`${NDJSON}; charset=utf-8`)
        .send(Readable.from(lines(context, orgId, query)));
    }
    return listAuditLog(context.db, orgId, query);
  });
}

async function* lines({ db }: Context, orgId: string, query: ListAuditLogQuery) {
  for await (const entries of eachAuditEntries(db, orgId, query)) {
    yield entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  }
}
