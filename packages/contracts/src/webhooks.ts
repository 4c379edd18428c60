import { z } from 'zod';
import { count, id, time, url } from './answer-fields.ts';
import { uuid } from './fields.ts';

/** What can be subscribed to. `job.target_failed` may come in thousands: only who names it gets it. */
export const EVENT_TYPES = [
  'job.completed',
  'job.canceled',
  'job.target_failed',
  'invitation.accepted',
  'endpoint.disabled',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** What an endpoint gets that names nothing. */
export const DEFAULT_EVENT_TYPES: readonly EventType[] = EVENT_TYPES.filter(
  (type) => type !== 'job.target_failed',
);

/** What the callback of a single job gets. */
export const CALLBACK_EVENT_TYPES = ['job.completed', 'job.canceled'] as const;

/** Sent on demand to one endpoint; nobody subscribes to it. */
export const TEST_EVENT = 'endpoint.test';

export const DELIVERY_STATES = [
  'pending',
  'retrying',
  'delivered',
  'exhausted',
  'disabled',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** How many endpoints an organization registers. */
export const MAX_ENDPOINTS = 50;

/** An address to call; what may be called is decided where it is used. */
export const callbackUrl = z.string().min(1).max(2048);

const eventTypes = z
  .array(z.enum(EVENT_TYPES))
  .min(1, 'must name at least one event type')
  .transform((types) => [...new Set(types)]);

/** The body of `POST /api/v1/webhook-endpoints`. */
export const createEndpointBody = z
  .strictObject({
    url: callbackUrl,
    event_types: eventTypes.default([...DEFAULT_EVENT_TYPES]),
    in_order: z.boolean().default(false).describe('Strictly one delivery after the other'),
  })
  .meta({ id: 'CreateWebhookEndpoint' });

/** The body of `PATCH /api/v1/webhook-endpoints/{id}`: what is left out stays. */
export const changeEndpointBody = z
  .strictObject({
    url: callbackUrl.optional(),
    event_types: eventTypes.optional(),
    in_order: z.boolean().optional(),
    enabled: z.boolean().optional(),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), {
    message: 'must change something: url, event_types, in_order or enabled',
  })
  .meta({ id: 'ChangeWebhookEndpoint', description: 'At least one field' });

/** An endpoint; `secret` is only in the answer that made it. */
export const endpointResource = z
  .object({
    id,
    url,
    event_types: z.array(z.enum(EVENT_TYPES)),
    in_order: z.boolean(),
    enabled: z.boolean(),
    disabled_reason: z.string().nullable(),
    failing_since: time.nullable().describe('The first failure since the last success'),
    last_sequence: count.describe(
      'How many deliveries were dispatched to it; the next has the next sequence',
    ),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'WebhookEndpoint' });
export type EndpointResource = z.infer<typeof endpointResource>;

/** An endpoint as the one answer shows it that made its secret. */
export const endpointWithSecret = z
  .object({ ...endpointResource.shape, secret: z.string() })
  .meta({ id: 'WebhookEndpointWithSecret' });
export type EndpointWithSecret = z.infer<typeof endpointWithSecret>;

const delivery = {
  id,
  endpoint_id: id,
  event_id: id.describe('The `webhook-id` of every attempt'),
  event_type: z.enum([...EVENT_TYPES, TEST_EVENT]),
  job_id: id.nullable(),
  state: z.enum(DELIVERY_STATES),
  sequence: z
    .int()
    .min(1)
    .nullable()
    .describe(
      'Per endpoint, without gaps, in the order of dispatch; null until it is first dispatched',
    ),
  attempts: count.describe('Over all replays'),
  last_code: z.string().nullable(),
  next_attempt_at: time
    .nullable()
    .describe('When the next attempt is due; null when there is none'),
  created_at: time,
  ended_at: time.nullable(),
};

export const deliveryResource = z
  .object(delivery)
  .meta({ id: 'Delivery', description: 'The sending of one event to one endpoint' });
export type DeliveryResource = z.infer<typeof deliveryResource>;

export const attemptResource = z
  .object({
    number: z.int().min(1),
    at: time,
    duration_ms: count.nullable(),
    status: z.int().nullable(),
    code: z.string(),
    message: z.string().nullable(),
    response: z.string().nullable().describe("The first 1 KB of the answer's body"),
  })
  .meta({ id: 'DeliveryAttempt' });
export type AttemptResource = z.infer<typeof attemptResource>;

/** `GET /deliveries/{id}`: with what was sent, and every attempt. */
export const deliveryDetails = z
  .object({
    ...delivery,
    url,
    body: z
      .string()
      .nullable()
      .describe('Exactly what is posted; null until its sequence is given'),
    log: z.array(attemptResource),
  })
  .meta({ id: 'DeliveryDetails' });
export type DeliveryDetails = z.infer<typeof deliveryDetails>;

const moment = z.iso.datetime({ offset: true });
const limit = z.coerce
  .number()
  .int()
  .min(1)
  .transform((value) => Math.min(value, 200))
  .default(50)
  .describe('50 unless named; more than 200 are 200');

export const listEndpointsQuery = z.object({ limit, cursor: z.string().max(200).optional() });
export type ListEndpointsQuery = z.infer<typeof listEndpointsQuery>;

export const listDeliveriesQuery = z.object({
  endpoint_id: uuid.optional(),
  event_id: uuid.optional(),
  job_id: uuid.optional(),
  event_type: z.enum([...EVENT_TYPES, TEST_EVENT]).optional(),
  state: z.enum(DELIVERY_STATES).optional(),
  from: moment.optional(),
  to: moment.optional(),
  limit,
  cursor: z.string().max(200).optional(),
});
export type ListDeliveriesQuery = z.infer<typeof listDeliveriesQuery>;

/** `POST /deliveries/replay`: one event, or what an endpoint was sent in a time (`to` not in it). */
export const replayBody = z
  .union(
    [
      z.strictObject({ event_id: uuid, endpoint_id: uuid.optional() }),
      z.strictObject({
        endpoint_id: uuid,
        from: moment,
        to: moment.optional(),
        state: z.enum(['delivered', 'exhausted', 'disabled']).optional(),
      }),
    ],
    'must name an event_id, or an endpoint_id with from',
  )
  .meta({ id: 'ReplayDeliveries' });
export type ReplayBody = z.infer<typeof replayBody>;

/** `POST /webhook-endpoints/{id}/recover`; `since`: the moment of its disabling, unless named. */
export const recoverBody = z
  .strictObject({ since: moment.optional() })
  .meta({ id: 'RecoverWebhookEndpoint' });
