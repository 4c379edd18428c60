import { z } from 'zod';
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
export interface JobResource {
  id: string;
  kind: string;
  state: JobState;
  round: number;
  counts: {
    total: number;
    pending: number;
    retrying: number;
    succeeded: number;
    failed: number;
    canceled: number;
  };
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  email: null | {
    state: 'pending' | 'sent' | 'held' | 'unknown' | 'failed';
    sent_at: string | null;
  };
  links: { self: string; targets: string; events: string };
}

/** One target of a job, in request order. */
export interface TargetResource {
  position: number;
  website_id?: string;
  group_id?: string;
  organization_id?: string;
  email?: string;
  status: TargetStatus;
  code: string | null;
  message: string | null;
  attempts: number;
  retryable: boolean;
  updated_at: string | null;
}

const wait = z.coerce
  .number()
  .int()
  .min(0)
  .transform((seconds) => Math.min(seconds, 60));

export const getJobQuery = z.object({ wait: wait.optional() });

export const listJobsQuery = z.object({
  state: z.enum(JOB_STATES).optional(),
  kind: z.string().max(64).optional(),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .transform((limit) => Math.min(limit, 200))
    .default(50),
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
    .default(50),
  cursor: z.string().max(200).optional(),
});
/** The same as NDJSON. */
export const exportTargetsQuery = z.object({ ...targetsFilter, ...linesQuery });
export type ListTargetsQuery = z.infer<typeof listTargetsQuery>;
export type ExportTargetsQuery = z.infer<typeof exportTargetsQuery>;
