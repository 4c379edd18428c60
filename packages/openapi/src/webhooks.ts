import { webhookEvents } from '@usher/contracts';
import type { ZodOpenApiObject } from 'zod-openapi';

const SUMMARIES: Record<keyof typeof webhookEvents, string> = {
  'job.completed': 'A job ended, and was not canceled',
  'job.canceled': 'A job was canceled',
  'job.target_failed': 'A target failed for good; only who subscribes to it by name gets it',
  'invitation.accepted': 'Somebody accepted an invitation',
  'endpoint.disabled': 'An endpoint is sent nothing any more',
  'endpoint.test': 'Sent on demand; it means nothing',
};

const header = (name: string, description: string) =>
  ({ name, in: 'header', required: true, description, schema: { type: 'string' } }) as const;

/** Standard Webhooks. */
const HEADERS = [
  header('webhook-id', 'Of the event: the same in every attempt'),
  header('webhook-timestamp', 'Of this attempt, in unix seconds'),
  header(
    'webhook-signature',
    '`v1,` and the HMAC-SHA256 over `id.timestamp.body`; several are separated by spaces',
  ),
];

/** What we send to endpoints, by the type of its event. */
export const webhooks = (): NonNullable<ZodOpenApiObject['webhooks']> =>
  Object.fromEntries(
    Object.entries(webhookEvents).map(([type, body]) => [
      type,
      {
        post: {
          operationId: `on-${type.replaceAll(/[._]/g, '-')}`,
          tags: ['Webhook endpoints'],
          summary: SUMMARIES[type as keyof typeof webhookEvents],
          security: [],
          parameters: HEADERS,
          requestBody: { required: true, content: { 'application/json': { schema: body } } },
          responses: {
            '2XX': { description: 'Delivered, whatever the body' },
            '410': { description: 'Disables the endpoint at once' },
            default: { description: 'Tried again later; 3XX is not followed' },
          },
        },
      },
    ]),
  );
