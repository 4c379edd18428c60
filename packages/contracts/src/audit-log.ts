import { z } from 'zod';
import { id, time } from './answer-fields.ts';
import { uuid } from './fields.ts';
import { linesQuery, pageQuery } from './page-query.ts';

/**
 * Everything that is written down, as `resource.verb`. Resources go by their own id, but members by
 * their user's, and credits and billing entities by their group's.
 */
export const AUDIT_ACTIONS = [
  'organization.create',
  'api_key.create',
  'api_key.revoke',
  'website.create',
  'group.create',
  'group.update',
  'group.delete',
  'attribute_definition.create',
  'attribute_definition.delete',
  'credits.set',
  'billing_entity.adopt',
  'billing_entity.claim',
  'billing_entity.forget',
  'billing_entity.rename',
  'member.add',
  'member.remove',
  'invite.revoke',
  'invitation.accept',
  'invitation.revoke',
  'invitation.resend',
  'job.submit',
  'job.cancel',
  'job.pause',
  'job.resume',
  'job.redrive',
  'webhook_endpoint.create',
  'webhook_endpoint.update',
  'webhook_endpoint.delete',
  'webhook_endpoint.enable',
  'webhook_endpoint.disable',
  'webhook_endpoint.rotate',
  'webhook_endpoint.test',
  'webhook_endpoint.recover',
  'webhook_endpoint.replay',
  'delivery.replay',
  'event.replay',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

type ResourceOf<Action> = Action extends `${infer Resource}.${string}` ? Resource : never;
export type AuditResourceType = ResourceOf<AuditAction>;

const resourceTypes = [
  ...new Set(AUDIT_ACTIONS.map((action) => action.split('.')[0] as AuditResourceType)),
];

/** What was done to one resource. */
export const auditEntryResource = z
  .object({
    id,
    at: time,
    api_key_id: id
      .nullable()
      .describe(
        'Null: done without a key, from the command line, by an accept link or by Usher itself',
      ),
    action: z.enum(AUDIT_ACTIONS),
    resource: z.object({ type: z.enum(resourceTypes), id }),
    before: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('What was true until then and is no more; null: there was nothing'),
    after: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('What is true since then and was not before; null: there is nothing any more'),
    request_id: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry', description: 'What was done to one resource' });
export type AuditEntryResource = z.infer<typeof auditEntryResource>;

const since = z.iso.datetime({ offset: true });

/** `to` is not in it. */
const filter = {
  action: z.enum(AUDIT_ACTIONS).optional(),
  resource_type: z.enum(resourceTypes).optional(),
  resource_id: uuid.optional(),
  api_key_id: uuid.optional(),
  from: since.optional(),
  to: since.optional(),
};

/** `GET /api/v1/audit-log`. A cursor may also be the id of the entry before. */
export const listAuditLogQuery = z.object({ ...filter, ...pageQuery });
/** The same as NDJSON. */
export const exportAuditLogQuery = z.object({ ...filter, ...linesQuery });
export type ListAuditLogQuery = z.infer<typeof listAuditLogQuery>;
export type ExportAuditLogQuery = z.infer<typeof exportAuditLogQuery>;
