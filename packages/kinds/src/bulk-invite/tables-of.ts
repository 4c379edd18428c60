import type { JobHead } from '@usher/jobs';
import { sql, type RawBuilder } from 'kysely';
import { inputOf, type BulkInviteInput } from './input.ts';

/** Where a kind of target and its members live. */
export function tablesOf(target: BulkInviteInput['target']) {
  return {
    targets: sql.table(`${target}s`),
    members: sql.table(`${target}_members`),
    targetId: sql.ref(`${target}_id`),
  };
}

/** Of these ids, those that this job may touch: its organization's, and within its key's scope. */
export function reachable(job: JobHead, ids: readonly string[]): RawBuilder<boolean> {
  const { scope } = inputOf(job);
  return sql<boolean>`org_id = ${job.org_id} and id = any (${[...ids]}::uuid[])
    and (${scope}::uuid[] is null or id = any (${scope}::uuid[]))`;
}
