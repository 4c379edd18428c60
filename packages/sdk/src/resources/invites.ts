import type { CallOptions, WriteOptions } from '../transport/call.ts';
import { path } from '../transport/path.ts';
import type { Transport } from '../transport/transport.ts';
import type { BulkInvite, BulkInviteAnswer, Invite, InviteResult } from '../types.ts';
import { inviteAndWait } from './invite-and-wait.ts';
import { remove } from './remove.ts';

export const createInvites = (transport: Transport) => ({
  /**
   * Invite one address to 1 to 50 websites or groups, and wait for each outcome: a target that fails is
   * a result, not an error. More targets, or no waiting: `usher.jobs.submit`.
   */
  bulk: (body: BulkInvite, options: WriteOptions = {}): Promise<BulkInviteAnswer> =>
    inviteAndWait(transport, '/invites/bulk', body, options),

  /** Invite one address to one website, one group, or the organization itself. */
  create: (body: Invite, options: WriteOptions = {}): Promise<InviteResult> =>
    inviteAndWait(transport, '/invites', body, options),

  /** Take back a pending invite. @throws UsherError `state_conflict` in any other state. */
  async revoke(inviteId: string, options?: CallOptions): Promise<void> {
    await remove(transport, path`/invites/org/${inviteId}`, options);
  },
});
