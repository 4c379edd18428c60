import { createPaged, type Paged, type PageQuery } from '../paging.ts';
import type { CallOptions, WriteOptions } from '../transport/call.ts';
import { path } from '../transport/path.ts';
import type { Transport } from '../transport/transport.ts';
import type {
  ChangeWebhookEndpoint,
  CreateWebhookEndpoint,
  Delivery,
  RecoverWebhookEndpoint,
  RecoverWebhookEndpointAnswer,
  WebhookEndpoint,
} from '../types.ts';
import { remove } from './remove.ts';

/**
 * An endpoint with its new secret, which the API says once. Undefined: the answer that said it was lost
 * on its way, and a repeat was answered instead. Rotating the endpoint gives it another one.
 */
export type MadeWebhookEndpoint = WebhookEndpoint & { secret?: string };

const LIST = { path: '/webhook-endpoints', field: 'webhook_endpoints' };

export const createWebhookEndpoints = (transport: Transport) => {
  const { read, write } = transport;
  return {
    /** Register an endpoint. Keep its `secret`, which no other answer has. */
    async create(
      body: CreateWebhookEndpoint,
      options?: WriteOptions,
    ): Promise<MadeWebhookEndpoint> {
      return write('POST', LIST.path, body, options);
    },

    /** Newest first. */
    list: (query: PageQuery = {}, options?: CallOptions): Paged<WebhookEndpoint> =>
      createPaged(transport, LIST, query, options),

    async get(id: string, options?: CallOptions): Promise<WebhookEndpoint> {
      return read(path`/webhook-endpoints/${id}`, options);
    },

    /** Change what is named. */
    async update(
      id: string,
      change: ChangeWebhookEndpoint,
      options?: WriteOptions,
    ): Promise<WebhookEndpoint> {
      return write('PATCH', path`/webhook-endpoints/${id}`, change, options);
    },

    async delete(id: string, options?: CallOptions): Promise<void> {
      await remove(transport, path`/webhook-endpoints/${id}`, options);
    },

    /** Give it a new secret, beside which the old one signs for 24 hours. */
    async rotate(id: string, options?: WriteOptions): Promise<MadeWebhookEndpoint> {
      return write('POST', path`/webhook-endpoints/${id}/rotate`, undefined, options);
    },

    /** Send it an event that means nothing. */
    async test(id: string, options?: WriteOptions): Promise<Delivery> {
      return write('POST', path`/webhook-endpoints/${id}/test`, undefined, options);
    },

    async enable(id: string, options?: WriteOptions): Promise<WebhookEndpoint> {
      return write('POST', path`/webhook-endpoints/${id}/enable`, undefined, options);
    },

    /**
     * Send it what it missed by being disabled, and, with `since`, what was given up on. When an answer is
     * lost, the repeat counts only what the first one left.
     */
    async recover(
      id: string,
      body: RecoverWebhookEndpoint = {},
      options?: WriteOptions,
    ): Promise<RecoverWebhookEndpointAnswer> {
      return write('POST', path`/webhook-endpoints/${id}/recover`, body, options);
    },
  };
};
