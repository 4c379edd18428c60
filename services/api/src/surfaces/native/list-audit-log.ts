import { exportAuditLogQuery, listAuditLogQuery } from '@usher/contracts';
import { eachAuditEntries, listAuditLog } from '@usher/events';
import type { FastifyInstance } from 'fastify';
import type { Context } from '../../context.ts';
import { requires } from '../../http/guard-routes.ts';
import { sendLines, wantsLines } from '../../http/ndjson.ts';
import { validate } from '../../http/validate.ts';

/** `GET /api/v1/audit-log`: newest first, as a page or, as NDJSON, all of it. */
export function listAuditLogRoute(app: FastifyInstance, { db }: Context): void {
  app.get('/audit-log', requires({ global: true, reads: true }), async (request, reply) => {
    const { orgId } = request.caller;
    if (wantsLines(request)) {
      const query = validate(exportAuditLogQuery, request.query);
      return sendLines(request, reply, eachAuditEntries(db, orgId, query));
    }
    return listAuditLog(db, orgId, validate(listAuditLogQuery, request.query));
  });
}
