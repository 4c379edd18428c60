import { z } from 'zod';
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
export const createEndpointBody = z.strictObject({
  url: callbackUrl,
  event_types: eventTypes.default([...DEFAULT_EVENT_TYPES]),
  /** Strictly one delivery after the other. */
  in_order: z.boolean().default(false),
});

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
  });

/** Times are ISO 8601, UTC. */
export interface EndpointResource {
  id: string;
  url: string;
  event_types: EventType[];
  in_order: boolean;
  enabled: boolean;
  disabled_reason: string | null;
  /** The first failure since the last success. */
  failing_since: string | null;
  /** How many deliveries were dispatched to it; the next has the next sequence. */
  last_sequence: number;
  created_at: string;
  updated_at: string;
}

/** An endpoint as the one answer shows it that made its secret. */
export type EndpointWithSecret = EndpointResource & { secret: string };

export interface DeliveryResource {
  id: string;
  endpoint_id: string;
  /** The `webhook-id` of every attempt. */
  event_id: string;
  event_type: EventType | typeof TEST_EVENT;
  job_id: string | null;
  state: DeliveryState;
  /** Per endpoint, without gaps, in the order of dispatch; null until it is first dispatched. */
  sequence: number | null;
  /** Over all replays. */
  attempts: number;
  last_code: string | null;
  /** When the next attempt is due; null when there is none. */
  next_attempt_at: string | null;
  created_at: string;
  ended_at: string | null;
}

export interface AttemptResource {
  number: number;
  at: string;
  duration_ms: number | null;
  status: number | null;
  code: string;
  message: string | null;
  /** The first 1 KB of the answer's body. */
  response: string | null;
}

/** `GET /deliveries/{id}`: with what was sent, and every attempt. */
export type DeliveryDetails = DeliveryResource & {
  url: string;
  /** Exactly what is posted; null until its sequence is given. */
  body: string | null;
  log: AttemptResource[];
};

const time = z.iso.datetime({ offset: true });
const limit = z.coerce
  .number()
  .int()
  .min(1)
  .transform((value) => Math.min(value, 200))
  .default(50);

export const listEndpointsQuery = z.object({ limit, cursor: z.string().max(200).optional() });
export type ListEndpointsQuery = z.infer<typeof listEndpointsQuery>;

export const listDeliveriesQuery = z.object({
  endpoint_id: uuid.optional(),
  event_id: uuid.optional(),
  job_id: uuid.optional(),
  event_type: z.enum([...EVENT_TYPES, TEST_EVENT]).optional(),
  state: z.enum(DELIVERY_STATES).optional(),
  from: time.optional(),
  to: time.optional(),
  limit,
  cursor: z.string().max(200).optional(),
});
export type ListDeliveriesQuery = z.infer<typeof listDeliveriesQuery>;

/** `POST /deliveries/replay`: one event, or what an endpoint was sent in a time (`to` not in it). */
export const replayBody = z.union(
  [
    z.strictObject({ event_id: uuid, endpoint_id: uuid.optional() }),
    z.strictObject({
      endpoint_id: uuid,
      from: time,
      to: time.optional(),
      state: z.enum(['delivered', 'exhausted', 'disabled']).optional(),
    }),
  ],
  'must name an event_id, or an endpoint_id with from',
);
export type ReplayBody = z.infer<typeof replayBody>;

/** `POST /webhook-endpoints/{id}/recover`; `since`: the moment of its disabling, unless named. */
export const recoverBody = z.strictObject({ since: time.optional() });
