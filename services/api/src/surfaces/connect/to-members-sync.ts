import type { MembersSyncReceipt, MembersSyncResource } from '@usher/contracts';
import type { RosterSync } from '@usher/kinds';
import { toGroupId, toGroupMemberId, toSyncId } from './ids.ts';

export const toReceipt = ({
  jobId,
  groupId,
  acceptedAt,
}: Pick<RosterSync, 'jobId' | 'groupId' | 'acceptedAt'>): MembersSyncReceipt => ({
  request_id: toSyncId(jobId),
  group_id: toGroupId(groupId),
  accepted_at: acceptedAt.toISOString(),
});

export function toMembersSync(sync: RosterSync): MembersSyncResource {
  const { completedAt, results } = sync;
  return {
    ...toReceipt(sync),
    completed_at: completedAt?.toISOString() ?? null,
    results: results && {
      added_group_member_ids: results.added.map(toGroupMemberId),
      removed_group_member_ids: results.removed.map(toGroupMemberId),
      failures: results.failures,
    },
  };
}
