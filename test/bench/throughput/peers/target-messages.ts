import type { Workload } from '../workload.ts';
import type { TargetMessage } from './record-target.ts';

/**
 * One message for each target, in the order that suits one transaction each best: neighbours are of
 * different jobs and different websites, and so wait for each other at neither row.
 */
export function targetMessages(workload: Workload): TargetMessage[] {
  const { orgId, websiteIds, invitations } = workload;
  return websiteIds.flatMap((_, turn) =>
    invitations.map(({ jobId, email }, number) => {
      const position = (number + turn) % websiteIds.length;
      const websiteId = websiteIds[position] as string;
      return { orgId, jobId, position, websiteId, email };
    }),
  );
}
