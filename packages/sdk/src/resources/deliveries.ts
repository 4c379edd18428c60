import { createPaged, type Paged, type PageQuery } from '../paging.ts';
import type { CallOptions, WriteOptions } from '../transport/call.ts';
import { path } from '../transport/path.ts';
import type { Transport } from '../transport/transport.ts';
import type {
  Delivery,
  DeliveryDetails,
  DeliveryFilter,
  ReplayDeliveries,
  ReplayDeliveriesAnswer,
} from '../types.ts';

const LIST = { path: '/deliveries', field: 'deliveries' };

export const createDeliveries = (transport: Transport) => ({
  /** Newest first. */
  list: (filter: DeliveryFilter & PageQuery = {}, options?: CallOptions): Paged<Delivery> =>
    createPaged(transport, LIST, filter, options),

  /** With what was sent, and every attempt. */
  async get(id: string, options?: CallOptions): Promise<DeliveryDetails> {
    return transport.read(path`/deliveries/${id}`, options);
  },

  /** Send one delivery again. */
  async replay(id: string, options?: WriteOptions): Promise<Delivery> {
    return transport.write('POST', path`/deliveries/${id}/replay`, undefined, options);
  },

  /**
   * Send again one event, or what one endpoint was sent in a time. Of a time the API knows no keys: when
   * an answer is lost, what was delivered meanwhile may be sent once more, under the same id.
   */
  async replayAll(body: ReplayDeliveries, options?: WriteOptions): Promise<ReplayDeliveriesAnswer> {
    return transport.write('POST', '/deliveries/replay', body, options);
  },
});
