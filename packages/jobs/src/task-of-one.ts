import { newId, type Database, type Task } from '@usher/db';
import type { Lane } from '@usher/queue';
import type { InsertObject } from 'kysely';

/** Where the parts of a task that was taken apart wait, whatever lane it came from. */
export const PARTS_LANE: Lane = 'bulk';

/** One position of a task as a task of its own: in the bulk lane, past the gate of big statements. */
export function taskOfOne(task: Task, position: number): InsertObject<Database, 'tasks'> {
  return {
    id: newId(),
    org_id: task.org_id,
    kind: task.kind,
    job_id: task.job_id,
    round: task.round,
    positions: [position],
    target_ids: [task.target_ids[task.positions.indexOf(position)] as string],
    attempts: task.attempts,
    lane: PARTS_LANE,
  };
}
