import { z } from 'zod';
import { address, count, id, time, url } from './answer-fields.ts';
import { jobResource, targetResource } from './jobs.ts';
import { TEST_EVENT, type EventType } from './webhooks.ts';

const sequence = z
  .int()
  .min(1)
  .describe('Per endpoint, without gaps, in the order of dispatch; the same in every attempt');

const eventOf = <Shape extends z.ZodRawShape>(type: EventType | typeof TEST_EVENT, data: Shape) =>
  z.strictObject({
    type: z.literal(type),
    timestamp: time.describe('When it happened'),
    data: z.strictObject({ ...data, sequence }),
  });

const job = { job: jobResource };

/** The bodies of webhooks, by their type. */
export const webhookEvents = {
  'job.completed': eventOf('job.completed', job).meta({ id: 'JobCompletedEvent' }),
  'job.canceled': eventOf('job.canceled', job).meta({ id: 'JobCanceledEvent' }),
  'job.target_failed': eventOf('job.target_failed', {
    job_id: id,
    round: z.int().min(1),
    target: targetResource.omit({ updated_at: true }),
  }).meta({ id: 'JobTargetFailedEvent' }),
  'invitation.accepted': eventOf('invitation.accepted', {
    invitation_id: id,
    job_id: id,
    user_id: id,
    email: address,
    accepted: count.describe('How many of its invites'),
  }).meta({ id: 'InvitationAcceptedEvent' }),
  'endpoint.disabled': eventOf('endpoint.disabled', {
    endpoint_id: id,
    url,
    reason: z.string(),
    disabled_at: time,
  }).meta({ id: 'EndpointDisabledEvent' }),
  [TEST_EVENT]: eventOf(TEST_EVENT, { endpoint_id: id }).meta({ id: 'EndpointTestEvent' }),
};

/** The data of server-sent events, by their type: `GET /jobs/{id}/events`. */
export const streamEvents = {
  progress: z.strictObject(job).meta({ id: 'ProgressEvent', description: 'Data of `progress`' }),
  target: z
    .strictObject({ round: z.int().min(1), ...targetResource.shape })
    .meta({ id: 'TargetEvent', description: 'Data of `target`' }),
  finished: z.strictObject(job).meta({ id: 'FinishedEvent', description: 'Data of `finished`' }),
};
