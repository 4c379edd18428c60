import type { Job } from '@usher/db';

/** Every column of a job but its targets, of which there may be ten thousand. */
export const JOB_HEAD_COLUMNS = [
  'id',
  'org_id',
  'api_key_id',
  'kind',
  'input',
  'request_id',
  'round',
  'total',
  'remaining',
  'succeeded',
  'failed',
  'canceled',
  'failure_limit',
  'start_at',
  'cancel_requested_at',
  'paused_at',
  'fenced_at',
  'resend_email',
  'created_at',
  'started_at',
  'finished_at',
] as const satisfies ReadonlyArray<keyof Job>;
