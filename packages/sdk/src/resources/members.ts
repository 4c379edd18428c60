import type { CallOptions } from '../transport/call.ts';
import { path } from '../transport/path.ts';
import type { Transport } from '../transport/transport.ts';
import type { ListMembersAnswer, Member } from '../types.ts';
import { remove } from './remove.ts';

export const createMembers = (transport: Transport) => ({
  /** Everybody who reaches a website, directly or by a group. */
  async list(websiteId: string, options?: CallOptions): Promise<Member[]> {
    const at = path`/websites/${websiteId}/members`;
    return (await transport.read<ListMembersAnswer>(at, options)).members;
  },

  /** End a direct membership. */
  async remove(websiteId: string, userId: string, options?: CallOptions): Promise<void> {
    await remove(transport, path`/websites/${websiteId}/members/${userId}`, options);
  },
});
