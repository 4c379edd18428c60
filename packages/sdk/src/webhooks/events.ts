import type {
  EndpointDisabledEvent,
  EndpointTestEvent,
  InvitationAcceptedEvent,
  JobCanceledEvent,
  JobCompletedEvent,
  JobTargetFailedEvent,
} from '../types.ts';

type Body =
  | JobCompletedEvent
  | JobCanceledEvent
  | JobTargetFailedEvent
  | InvitationAcceptedEvent
  | EndpointDisabledEvent
  | EndpointTestEvent;

/**
 * What a webhook tells of; `type` says which. `id` is the event's, the same over attempts and replays:
 * ignore one that you know.
 */
export type WebhookEvent = Body & { id: string };
