import { z } from 'zod';
import { count, nextCursor } from '../answer-fields.ts';
import { streamEvents } from '../events.ts';
import { jobBody } from '../job-body.ts';
import { redriveBody } from '../job-control.ts';
import {
  getJobQuery,
  jobResource,
  listJobsQuery,
  listTargetsQuery,
  targetResource,
} from '../jobs.ts';
import { emptyBody, idParams } from '../params.ts';
import {
  json,
  JSON_TYPE,
  NDJSON_TYPE,
  STREAM_TYPE,
  type Answer,
  type Operation,
} from './operation.ts';

const tag = 'Jobs';
const READS = { reads: true, uncounted: true } as const;
const job = json(z.object({ job: jobResource }));

/** Of a stream no schema can speak; of what its events carry it can. */
const eventStream = z.string().meta({
  contentSchema: {
    anyOf: Object.values(streamEvents).map((schema) => ({
      $ref: `#/components/schemas/${schema.meta()?.id}`,
    })),
  },
});

const steered: Answer = {
  description: 'The job as it is now',
  content: job,
  headers: ['Idempotent-Replayed'],
};

const steering = (
  verb: 'cancel' | 'pause' | 'resume',
  summary: string,
  description: string,
): Operation => ({
  method: 'post',
  path: `/jobs/{id}/${verb}`,
  operationId: `${verb}Job`,
  tag,
  summary,
  description,
  access: {},
  params: idParams,
  body: emptyBody,
  headers: ['Idempotency-Key'],
  answers: { 200: steered },
  errors: ['state_conflict'],
});

export const jobOperations: Operation[] = [
  {
    method: 'post',
    path: '/jobs',
    operationId: 'submitJob',
    tag,
    summary: 'Submit a job of up to 10,000 targets',
    description:
      '`callback_url` is told of the end; `validate_only` says what each target would come to, and writes nothing.',
    access: {},
    body: jobBody,
    headers: ['Idempotency-Key', 'Prefer'],
    answers: {
      200: {
        description: '`validate_only`: what each target would come to now',
        content: json(
          z
            .object({
              validate_only: z.literal(true),
              counts: z.object({ total: count, succeeded: count, failed: count }),
              targets: z.array(targetResource),
            })
            .meta({ id: 'JobPreview' }),
        ),
      },
      202: {
        description: 'Accepted. `Prefer: wait=N` waits first, so that the body may say the end',
        content: json(
          z
            .object({
              job: jobResource,
              callback_secret: z.string().optional().describe('Of `callback_url`; shown once'),
            })
            .meta({ id: 'JobReceipt' }),
        ),
        headers: ['Location', 'Retry-After', 'Preference-Applied', 'Idempotent-Replayed'],
      },
    },
    errors: ['billing_not_configured'],
  },
  {
    method: 'get',
    path: '/jobs',
    operationId: 'listJobs',
    tag,
    summary: 'List jobs, the newest first',
    description: 'A key scoped to websites sees its own.',
    access: READS,
    query: listJobsQuery,
    answers: {
      200: {
        description: 'A page of them',
        content: json(z.object({ jobs: z.array(jobResource), next_cursor: nextCursor })),
      },
    },
  },
  {
    method: 'get',
    path: '/jobs/{id}',
    operationId: 'getJob',
    tag,
    summary: 'Show a job',
    description: '`wait` answers as soon as it is finished, after so many seconds at the latest.',
    access: READS,
    params: idParams,
    query: getJobQuery,
    headers: ['If-None-Match'],
    answers: {
      200: {
        description: 'The job; with Retry-After while it is not finished',
        content: job,
        headers: ['ETag', 'Cache-Control', 'Retry-After'],
      },
      304: {
        description: 'Nothing has changed since',
        headers: ['ETag', 'Cache-Control', 'Retry-After'],
      },
    },
    errors: ['rate_limited'],
  },
  {
    method: 'get',
    path: '/jobs/{id}/targets',
    operationId: 'listTargets',
    tag,
    summary: 'List the targets of a job, in the order of the request',
    description: '`Accept: application/x-ndjson` answers all of them, one a line.',
    access: READS,
    params: idParams,
    query: listTargetsQuery,
    answers: {
      200: {
        description: 'A page of them, or all as lines',
        content: {
          [JSON_TYPE]: z.object({ targets: z.array(targetResource), next_cursor: nextCursor }),
          [NDJSON_TYPE]: targetResource,
        },
      },
    },
  },
  {
    method: 'get',
    path: '/jobs/{id}/events',
    operationId: 'watchJob',
    tag,
    summary: 'Follow a job as server-sent events',
    description:
      '`progress` and `finished` carry a ProgressEvent and a FinishedEvent as their data, `target` a TargetEvent. It ends with `finished`; whoever is cut off goes on with `Last-Event-ID`.',
    access: READS,
    params: idParams,
    headers: ['Last-Event-ID'],
    answers: {
      200: {
        description: 'What happens to it, as it happens',
        content: { [STREAM_TYPE]: eventStream },
        headers: ['Cache-Control'],
      },
      204: { description: '`Last-Event-ID` is the end: there is no more' },
    },
    errors: ['rate_limited'],
  },
  steering(
    'cancel',
    'Cancel a job',
    'What is finished stays; calls under way are waited for. A second time changes nothing.',
  ),
  steering('pause', 'Pause a job', 'Nothing of it is begun until it is resumed.'),
  steering('resume', 'Resume a job', 'It goes on where it was paused.'),
  {
    method: 'post',
    path: '/jobs/{id}/redrive',
    operationId: 'redriveJob',
    tag,
    summary: 'Try the failed targets of a job again',
    description: 'In a new round; without `codes`, every target that failed.',
    access: {},
    params: idParams,
    body: redriveBody,
    headers: ['Idempotency-Key'],
    answers: { 200: steered },
    errors: ['state_conflict'],
  },
];
