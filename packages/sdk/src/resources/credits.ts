import type { CallOptions } from '../transport/call.ts';
import type { Transport } from '../transport/transport.ts';
import type {
  Credits,
  GetGroupCreditsAnswer,
  SetCredits,
  SetGroupCreditsAnswer,
} from '../types.ts';

const PATH = '/credits/group';

export const createCredits = ({ read, write }: Transport) => ({
  /** A group's credits. */
  async get(groupId: string, options?: CallOptions): Promise<Credits> {
    return (await read<GetGroupCreditsAnswer>(PATH, options, { group_id: groupId })).credits;
  },

  /** Set the amounts that are named; for partners, on a group with a billing entity. */
  async set(body: SetCredits, options?: CallOptions): Promise<Credits> {
    return (await write<SetGroupCreditsAnswer>('PUT', PATH, body, options)).credits;
  },
});
