import type { CallOptions, WriteOptions } from '../transport/call.ts';
import { path } from '../transport/path.ts';
import type { Transport } from '../transport/transport.ts';
import type {
  ChangeGroup,
  CreateGroup,
  CreateGroupAnswer,
  GetGroupAnswer,
  Group,
  ListGroupsAnswer,
  ListGroupsQuery,
  NewGroup,
  UpdateGroupAnswer,
} from '../types.ts';

export const createGroups = ({ read, write }: Transport) => ({
  /** Make a group of websites. @throws UsherError `upstream_failed`: billing failed, and there is no group. */
  async create(body: CreateGroup, options?: WriteOptions): Promise<NewGroup> {
    return (await write<CreateGroupAnswer>('POST', '/groups', body, options)).group;
  },

  /** All groups, or for partners those with this `external_id`. */
  async list(filter?: ListGroupsQuery, options?: CallOptions): Promise<Group[]> {
    return (await read<ListGroupsAnswer>('/groups', options, filter)).groups;
  },

  async get(groupId: string, options?: CallOptions): Promise<Group> {
    return (await read<GetGroupAnswer>(path`/groups/${groupId}`, options)).group;
  },

  /**
   * Change what is named, all of it or nothing.
   * @throws UsherError `upstream_failed`: billing failed, and nothing in the group has changed.
   */
  async update(groupId: string, change: ChangeGroup, options?: WriteOptions): Promise<Group> {
    const at = path`/groups/${groupId}`;
    return (await write<UpdateGroupAnswer>('PATCH', at, change, options)).group;
  },
});
