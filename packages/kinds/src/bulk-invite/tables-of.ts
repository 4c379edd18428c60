import { sql } from 'kysely';
import type { BulkInviteInput } from './input.ts';

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
