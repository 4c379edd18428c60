import { z } from 'zod';
import { address, count, id, time } from './answer-fields.ts';
import { linesQuery } from './page-query.ts';

export const JOB_STATES = [
  'scheduled',
  'queued',
  'running',
  'paused',
  'succeeded',
  'partially_failed',
  'failed',
  'canceled',
] as const;
export type JobState = (typeof JOB_STATES)[number];

export const TARGET_STATUSES = ['pending', 'retrying', 'succeeded', 'failed', 'canceled'] as const;
export type TargetStatus = (typeof TARGET_STATUSES)[number];

/** Why a target ended as it did (or is being retried). Stable: clients switch on them. */
export const TARGET_CODES = [
  'added',
  'invited',
  'already_member',
  'already_invited',
  'not_found',
  'provisioned',
  'already_provisioned',
  'synced',
  'billing_not_configured',
  'upstream_rejected',
  'upstream_unavailable',
  'external_id_in_use',
  'superseded',
  'internal_error',
  'canceled',
] as const;
export type TargetCode = (typeof TARGET_CODES)[number];

/** The job resource: the body of every 202 and of `GET /jobs/{id}`. Times are ISO 8601, UTC. */
export const jobResource = z
  .strictObject({
    id,
    kind: z.string().describe('`bulk-invite`, `billing-provisioning`, `roster-sync`'),
    state: z.enum(JOB_STATES),
    round: z.int().min(1).describe('Rises with each redrive'),
    counts: z
      .strictObject({
        total: count,
        pending: count,
        retrying: count,
        succeeded: count,
        failed: count,
        canceled: count,
      })
      .describe('Of targets. Within a round each is counted once'),
    created_at: time,
    started_at: time.nullable(),
    finished_at: time.nullable(),
    email: z
      .strictObject({
        state: z.enum(['pending', 'sent', 'held', 'unknown', 'failed']),
        sent_at: time.nullable(),
      })
      .nullable()
      .describe('The newest email of this job; null: none was decided on'),
    links: z
      .strictObject({ self: z.string(), targets: z.string(), events: z.string() })
      .describe('Paths on this server'),
  })
  .meta({ id: 'Job', description: 'What was submitted, and how far it is' });
export type JobResource = z.infer<typeof jobResource>;

/** One target of a job, in request order. */
export const targetResource = z
  .strictObject({
    position: z.int().min(0).describe('In the request, from 0'),
    website_id: id.optional(),
    group_id: id.optional(),
    organization_id: id.optional(),
    email: address.optional().describe('Whom a bulk invite is for'),
    status: z.enum(TARGET_STATUSES).describe('A passing failure is `retrying`, never `failed`'),
    code: z.enum(TARGET_CODES).nullable().describe('Why; null while nothing was tried'),
    message: z.string().nullable().describe('For a person to read'),
    attempts: count,
    retryable: z.boolean().describe('Whether a redrive may come to something else'),
    updated_at: time.nullable(),
  })
  .meta({ id: 'Target', description: 'One target of a job, and what came of it' });
export type TargetResource = z.infer<typeof targetResource>;

const wait = z.coerce
  .number()
  .int()
  .min(0)
  .transform((seconds) => Math.min(seconds, 60));

export const getJobQuery = z.object({
  wait: wait.optional().describe('Seconds; more than 60 are 60'),
});

export const listJobsQuery = z.object({
  state: z.enum(JOB_STATES).optional(),
  kind: z.string().max(64).optional(),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .transform((limit) => Math.min(limit, 200))
    .default(50)
    .describe('50 unless named; more than 200 are 200'),
  cursor: z.string().max(200).optional(),
});
export type ListJobsQuery = z.infer<typeof listJobsQuery>;

const targetsFilter = {
  status: z.enum(TARGET_STATUSES).optional(),
  code: z.enum(TARGET_CODES).optional(),
};

/** A cursor may also be the position of the target before. */
export const listTargetsQuery = z.object({
  ...targetsFilter,
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .transform((limit) => Math.min(limit, 1_000))
    .default(50)
    .describe('50 unless named; more than 1,000 are 1,000'),
  cursor: z.string().max(200).optional(),
});
/** The same as NDJSON. */
export const exportTargetsQuery = z.object({ ...targetsFilter, ...linesQuery });
export type ListTargetsQuery = z.infer<typeof listTargetsQuery>;
export type ExportTargetsQuery = z.infer<typeof exportTargetsQuery>;
