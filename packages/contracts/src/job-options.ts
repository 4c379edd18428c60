import { z } from 'zod';
import { unique, uuid } from './fields.ts';
import { callbackUrl } from './webhooks.ts';

/** How many targets a job takes. */
export const JOB_MAX_TARGETS = 10_000;

/** Targets by id, each once, in the order of first mention. */
export const ids = (max: number) =>
  z
    .array(uuid)
    .min(1, 'must name at least one target')
    .max(max, `must name at most ${max} targets`)
    .transform(unique);

/** What any kind of job may be told of its course. */
export const jobOptions = {
  callback_url: callbackUrl
    .optional()
    .describe("Told of the job's end by a webhook; its secret is in the answer"),
  validate_only: z.boolean().optional().describe('Only tell what each target would come to'),
  start_at: z.iso.datetime({ offset: true }).optional().describe('Not to be begun before'),
  failure_threshold: z
    .union([
      z.strictObject({ count: z.int().min(1).max(JOB_MAX_TARGETS) }),
      z.strictObject({ percent: z.number().gt(0).max(100) }),
    ])
    .optional()
    .describe('Cancels the rest once so many targets have failed'),
};
