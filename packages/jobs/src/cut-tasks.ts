import { newId, type TasksTable } from '@usher/db';
import type { Lane } from '@usher/queue';
import type { Insertable } from 'kysely';

const SMALL_JOB = 50;
const TARGETS_PER_TASK = 200;

/**
 * A job's first tasks: small jobs travel whole in the interactive lane; large ones in pieces in the
 * bulk lane, behind the database's gate.
 */
export function cutTasks(job: {
  id: string;
  orgId: string;
  kind: string;
  targetIds: readonly string[];
  startAt: Date | null;
}): Array<Insertable<TasksTable>> {
  const small = job.targetIds.length <= SMALL_JOB;
  const lane: Lane = small ? 'interactive' : 'bulk';
  const tasks: Array<Insertable<TasksTable>> = [];
  for (let from = 0; from < job.targetIds.length; from += TARGETS_PER_TASK) {
    const ids = job.targetIds.slice(from, from + TARGETS_PER_TASK);
    tasks.push({
      id: newId(),
      org_id: job.orgId,
      job_id: job.id,
      kind: job.kind,
      lane,
      gate: small ? null : 'database',
      positions: ids.map((_, index) => from + index),
      target_ids: ids,
      due_at: job.startAt ?? undefined,
    });
  }
  return tasks;
}
