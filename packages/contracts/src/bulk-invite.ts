import { z } from 'zod';
import { email, role, text } from './fields.ts';
import { ids, JOB_MAX_TARGETS, jobOptions } from './job-options.ts';

const fields = {
  invite_method: z.enum(['direct', 'email']),
  email,
  role: role.default('viewer'),
  first_name: text(1, 255).nullish(),
  last_name: text(1, 255).nullish(),
};

const exactlyOne = 'exactly one of website_ids and group_ids is required';

const targets = (max: number) => ({
  website_ids: ids(max).optional(),
  group_ids: ids(max).optional(),
});

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
