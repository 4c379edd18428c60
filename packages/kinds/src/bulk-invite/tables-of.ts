import type { JobHead } from '@usher/jobs';
import { sql, type RawBuilder } from 'kysely';
import { inputOf, type BulkInviteInput } from './input.ts';

/** Where a kind of target and its members live. Whoever is a user is a member of the organization. */
export function tablesOf(target: BulkInviteInput['target']) {
  const targetId = sql.ref(`${target}_id`);
  if (target === 'organization') {
    return {
      targets: sql`(select id, id as org_id from organizations)`,
      members: sql`(select org_id as organization_id, id as user_id from users)`,
      targetId,
    };
  }
  return { targets: sql.table(`${target}s`), members: sql.table(`${target}_members`), targetId };
}

/** Of these ids, those that this job may touch: its organization's, and within its key's scope. */
export function reachable(job: JobHead, ids: readonly string[]): RawBuilder<boolean> {
  const { scope } = inputOf(job);
  return sql<boolean>`org_id = ${job.org_id} and id = any (${[...ids]}::uuid[])
    and (${scope}::uuid[] is null or id = any (${scope}::uuid[]))`;
}
