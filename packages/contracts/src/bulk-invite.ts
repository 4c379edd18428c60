import { z } from 'zod';
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
  });
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
  });
export type BulkInviteJobBody = z.infer<typeof bulkInviteJobBody>;

/** One line of the answer of `POST /invites/bulk`, in the order of first mention. */
export interface BulkInviteResult {
  website_id?: string;
  group_id?: string;
  success: boolean;
  message?: string;
  error?: string;
  user_id?: string;
  invite_id?: string;
}

/**
 * The body of `POST /api/v1/invites`: one target. An id that its type does not need is ignored, whatever
 * it is: clients send the fields of all types together.
 */
export const inviteBody = z.discriminatedUnion(
  'type',
  [
    z.object({ type: z.literal('organization'), ...fields }),
    z.object({ type: z.literal('website'), website_id: uuid, ...fields }),
    z.object({ type: z.literal('group'), group_id: uuid, ...fields }),
  ],
  'must be organization, website or group',
);
export type InviteBody = z.infer<typeof inviteBody>;

/** The answer of `POST /invites`; what was refused has no id. */
export interface InviteResult {
  success: boolean;
  message: string;
  user_id?: string;
  invite_id?: string;
}
