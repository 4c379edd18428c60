import { z } from 'zod';
import { count, nextCursor } from '../answer-fields.ts';
import { emptyBody, idParams } from '../params.ts';
import {
  changeEndpointBody,
  createEndpointBody,
  deliveryDetails,
  deliveryResource,
  endpointResource,
  endpointWithSecret,
  listDeliveriesQuery,
  listEndpointsQuery,
  recoverBody,
  replayBody,
} from '../webhooks.ts';
import { json, type Answer, type Operation } from './operation.ts';

const tag = 'Webhook endpoints';
const READS = { global: true, reads: true } as const;
const CHANGES = { global: true } as const;
const endpoint = json(endpointResource);
const delivery = json(deliveryResource);
/** Kept answers hold no secret: a repeat under one key shows the endpoint alone. */
const withSecret = json(z.union([endpointWithSecret, endpointResource]));

const replayed: Answer = {
  description: 'How many deliveries go out again',
  content: json(z.object({ replayed: count })),
};

export const endpointOperations: Operation[] = [
  {
    method: 'post',
    path: '/webhook-endpoints',
    operationId: 'createWebhookEndpoint',
    tag,
    summary: 'Register an endpoint',
    access: CHANGES,
    body: createEndpointBody,
    headers: ['Idempotency-Key'],
    answers: {
      201: {
        description: 'The endpoint and, here alone, its secret: a repeat does not show it',
        content: withSecret,
        headers: ['Location', 'Idempotent-Replayed'],
      },
    },
    errors: ['state_conflict'],
  },
  {
    method: 'get',
    path: '/webhook-endpoints',
    operationId: 'listWebhookEndpoints',
    tag,
    summary: 'List endpoints, the newest first',
    description: 'The callbacks of jobs are not among them.',
    access: READS,
    query: listEndpointsQuery,
    answers: {
      200: {
        description: 'A page of them',
        content: json(
          z.object({ webhook_endpoints: z.array(endpointResource), next_cursor: nextCursor }),
        ),
      },
    },
  },
  {
    method: 'get',
    path: '/webhook-endpoints/{id}',
    operationId: 'getWebhookEndpoint',
    tag,
    summary: 'Show an endpoint',
    access: READS,
    params: idParams,
    answers: { 200: { description: 'The endpoint', content: endpoint } },
  },
  {
    method: 'patch',
    path: '/webhook-endpoints/{id}',
    operationId: 'updateWebhookEndpoint',
    tag,
    summary: 'Change an endpoint',
    description: 'What is left out stays.',
    access: CHANGES,
    params: idParams,
    body: changeEndpointBody,
    headers: ['Idempotency-Key'],
    answers: {
      200: {
        description: 'The endpoint as it is now',
        content: endpoint,
        headers: ['Idempotent-Replayed'],
      },
    },
    errors: ['state_conflict'],
  },
  {
    method: 'delete',
    path: '/webhook-endpoints/{id}',
    operationId: 'deleteWebhookEndpoint',
    tag,
    summary: 'Delete an endpoint',
    access: CHANGES,
    params: idParams,
    answers: { 204: { description: 'Deleted; the second time it is a 404' } },
    errors: ['state_conflict'],
  },
  {
    method: 'post',
    path: '/webhook-endpoints/{id}/enable',
    operationId: 'enableWebhookEndpoint',
    tag,
    summary: 'Enable an endpoint that was disabled',
    access: CHANGES,
    params: idParams,
    body: emptyBody,
    headers: ['Idempotency-Key'],
    answers: {
      200: {
        description: 'The endpoint, also where it was enabled',
        content: endpoint,
        headers: ['Idempotent-Replayed'],
      },
    },
    errors: ['state_conflict'],
  },
  {
    method: 'post',
    path: '/webhook-endpoints/{id}/rotate',
    operationId: 'rotateWebhookSecret',
    tag,
    summary: 'Give an endpoint another secret',
    description: 'For 24 hours both sign.',
    access: CHANGES,
    params: idParams,
    body: emptyBody,
    headers: ['Idempotency-Key'],
    answers: {
      200: {
        description: 'The endpoint and, here alone, its new secret: a repeat does not show it',
        content: withSecret,
        headers: ['Idempotent-Replayed'],
      },
    },
    errors: ['state_conflict'],
  },
  {
    method: 'post',
    path: '/webhook-endpoints/{id}/test',
    operationId: 'testWebhookEndpoint',
    tag,
    summary: 'Send an event that means nothing',
    access: CHANGES,
    params: idParams,
    body: emptyBody,
    headers: ['Idempotency-Key'],
    answers: {
      202: {
        description: 'The delivery of it',
        content: delivery,
        headers: ['Location', 'Idempotent-Replayed'],
      },
    },
    errors: ['state_conflict'],
  },
  {
    method: 'post',
    path: '/webhook-endpoints/{id}/recover',
    operationId: 'recoverWebhookEndpoint',
    tag,
    summary: 'Send again what an endpoint missed',
    description: 'Since it was disabled, or since a time. A repeat finds what the first one left.',
    access: CHANGES,
    params: idParams,
    body: recoverBody,
    answers: { 202: replayed },
    errors: ['state_conflict'],
  },
];

export const deliveryOperations: Operation[] = [
  {
    method: 'get',
    path: '/deliveries',
    operationId: 'listDeliveries',
    tag: 'Deliveries',
    summary: 'List deliveries, the newest first',
    access: READS,
    query: listDeliveriesQuery,
    answers: {
      200: {
        description: 'A page of them',
        content: json(z.object({ deliveries: z.array(deliveryResource), next_cursor: nextCursor })),
      },
    },
  },
  {
    method: 'get',
    path: '/deliveries/{id}',
    operationId: 'getDelivery',
    tag: 'Deliveries',
    summary: 'Show a delivery, what was sent, and every attempt',
    access: READS,
    params: idParams,
    answers: { 200: { description: 'The delivery', content: json(deliveryDetails) } },
  },
  {
    method: 'post',
    path: '/deliveries/{id}/replay',
    operationId: 'replayDelivery',
    tag: 'Deliveries',
    summary: 'Send a delivery again',
    description: 'The same event under the same id.',
    access: CHANGES,
    params: idParams,
    body: emptyBody,
    headers: ['Idempotency-Key'],
    answers: {
      202: {
        description: 'The delivery, which is on its way again',
        content: delivery,
        headers: ['Idempotent-Replayed'],
      },
    },
    errors: ['state_conflict'],
  },
  {
    method: 'post',
    path: '/deliveries/replay',
    operationId: 'replayDeliveries',
    tag: 'Deliveries',
    summary: 'Send one event again, or what an endpoint was sent in a time',
    description: 'Of a time it takes no Idempotency-Key: what is on its way is not sent twice.',
    access: CHANGES,
    body: replayBody,
    headers: ['Idempotency-Key'],
    answers: { 202: { ...replayed, headers: ['Idempotent-Replayed'] } },
    errors: ['not_found', 'state_conflict'],
  },
];
