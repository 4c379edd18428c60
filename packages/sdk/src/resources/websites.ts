import type { CallOptions, WriteOptions } from '../transport/call.ts';
import type { Transport } from '../transport/transport.ts';
import type { CreateWebsite, CreateWebsiteAnswer, ListWebsitesAnswer, Website } from '../types.ts';

export const createWebsites = ({ read, write }: Transport) => ({
  /** Add a website. Its protocol and trailing slash go; its name is the rest, unless given. */
  async create(body: CreateWebsite, options?: WriteOptions): Promise<Website> {
    return (await write<CreateWebsiteAnswer>('POST', '/websites', body, options)).website;
  },

  async list(options?: CallOptions): Promise<Website[]> {
    return (await read<ListWebsitesAnswer>('/websites', options)).websites;
  },
});
