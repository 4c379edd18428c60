import { createPaged, type Paged, type PageQuery } from '../paging.ts';
import type { CallOptions, WriteOptions } from '../transport/call.ts';
import { path } from '../transport/path.ts';
import type { Transport } from '../transport/transport.ts';
import type {
  AcceptedTarget,
  AcceptInvitation,
  AcceptInvitationAnswer,
  Invitation,
  InvitationFilter,
} from '../types.ts';

const PATH = '/invitations';

export const createInvitations = (transport: Transport) => ({
  /** Newest first. */
  list: (filter: InvitationFilter & PageQuery = {}, options?: CallOptions): Paged<Invitation> =>
    createPaged(transport, { path: PATH, field: 'invitations' }, filter, options),

  async get(id: string, options?: CallOptions): Promise<Invitation> {
    return transport.read(path`/invitations/${id}`, options);
  },

  /** Take back everything of it that is pending. @throws UsherError `state_conflict` once accepted. */
  async revoke(id: string, options?: WriteOptions): Promise<Invitation> {
    return transport.write('POST', path`/invitations/${id}/revoke`, undefined, options);
  },

  /** Send its email once more. @throws UsherError `state_conflict`, with `retryAfterMs` while one is on its way. */
  async resend(id: string, options?: WriteOptions): Promise<Invitation> {
    return transport.write('POST', path`/invitations/${id}/resend`, undefined, options);
  },

  /**
   * Accept by the token of the email's link, for a page of your own behind it.
   * @throws UsherError `not_found`; `state_conflict`, accepted before; `gone`, expired or revoked.
   */
  async accept(body: AcceptInvitation, options?: WriteOptions): Promise<AcceptedTarget[]> {
    const at = `${PATH}/accept`;
    return (await transport.write<AcceptInvitationAnswer>('POST', at, body, options)).accepted;
  },
});
