import { z } from 'zod';
import { id } from './answer-fields.ts';
import { email, role, text, uuid } from './fields.ts';
import { ids, JOB_MAX_TARGETS, jobOptions } from './job-options.ts';

const fields = {
  invite_method: z.enum(['direct', 'email']),
  email,
  role: role.nullish().transform((given) => given ?? 'viewer'),
  first_name: text(1, 255).nullish(),
  last_name: text(1, 255).nullish(),
};

const exactlyOne = 'exactly one of website_ids and group_ids is required';
/** What its schema cannot say. */
const ONE_OF = 'Exactly one of `website_ids` and `group_ids` is required';

/** Clients send the kind that they do not mean as null. */
const someIds = (max: number) =>
  ids(max)
    .nullish()
    .transform((given) => given ?? undefined);

const targets = (max: number) => ({ website_ids: someIds(max), group_ids: someIds(max) });

/** How many targets `POST /invites/bulk` takes; more go to `POST /jobs`. */
export const BULK_INVITE_MAX_TARGETS = 50;

/** The body of `POST /api/v1/invites/bulk`. Unknown fields are ignored on this surface. */
export const bulkInviteBody = z
  .object({ ...fields, ...targets(BULK_INVITE_MAX_TARGETS) })
  .refine((body) => (body.website_ids === undefined) !== (body.group_ids === undefined), {
    message: exactlyOne,
  })
  .meta({ id: 'BulkInvite', description: ONE_OF });
export type BulkInviteBody = z.infer<typeof bulkInviteBody>;

/** `POST /api/v1/jobs` with kind `bulk-invite`: the same fields, more targets, nothing unknown. */
export const bulkInviteJobBody = z
  .strictObject({
    kind: z.literal('bulk-invite'),
    ...fields,
    ...targets(JOB_MAX_TARGETS),
    ...jobOptions,
  })
  .refine((body) => (body.website_ids === undefined) !== (body.group_ids === undefined), {
    message: exactlyOne,
  })
  .meta({ id: 'BulkInviteJob', description: ONE_OF });
export type BulkInviteJobBody = z.infer<typeof bulkInviteJobBody>;

/** One line of the answer of `POST /invites/bulk`, in the order of first mention. */
export const bulkInviteResult = z
  .object({
    website_id: id.optional(),
    group_id: id.optional(),
    success: z.boolean(),
    message: z.string().optional().describe('Of a success'),
    error: z.string().optional().describe('Why not'),
    user_id: id.optional().describe('Who was added directly'),
    invite_id: id.optional().describe('What was sent by email'),
  })
  .meta({ id: 'BulkInviteResult' });
export type BulkInviteResult = z.infer<typeof bulkInviteResult>;

/**
 * The body of `POST /api/v1/invites`: one target. An id that its type does not need is ignored, whatever
 * it is: clients send the fields of all types together.
 */
export const inviteBody = z
  .discriminatedUnion(
    'type',
    [
      z.object({ type: z.literal('organization'), ...fields }),
      z.object({ type: z.literal('website'), website_id: uuid, ...fields }),
      z.object({ type: z.literal('group'), group_id: uuid, ...fields }),
    ],
    'must be organization, website or group',
  )
  .meta({ id: 'Invite' });
export type InviteBody = z.infer<typeof inviteBody>;

/** The answer of `POST /invites`; what was refused has no id. */
export const inviteResult = z
  .object({
    success: z.boolean(),
    message: z.string(),
    user_id: id.optional(),
    invite_id: id.optional(),
  })
  .meta({ id: 'InviteResult' });
export type InviteResult = z.infer<typeof inviteResult>;
