import { PublicError } from '@usher/contracts';
import type { Database } from '@usher/db';
import { audit, NO_KEY, type Actor } from '@usher/events';
import { sql, type Kysely } from 'kysely';
import { selectGroups, type Group } from './find-groups.ts';
import { inTransaction } from './in-transaction.ts';

/**
 * Make a user a member (a viewer) of groups, of all or of none. Of whatever they are a member already,
 * they stay what they are, also when a roster that made them so lets them go.
 * @returns the groups in the order of first mention, as they are now.
 * @throws {PublicError} `not_found` for the user; `invalid_request` naming every number in `groups` that
 * is not a group of the organization.
 */
export function addUserToGroups(
  db: Kysely<Database>,
  orgId: string,
  userNumber: number,
  groupNumbers: readonly number[],
  by: Actor = NO_KEY,
): Promise<Group[]> {
  return inTransaction(db, async (trx) => {
    const user = await lockUser(trx, orgId, userNumber);
    const idOf = await lockGroups(trx, orgId, groupNumbers);
    const ids = [...idOf.values()].toSorted();
    if (ids.length === 0) return [];
    const added = await trx
      .insertInto('group_members')
      .values(
        ids.map((id) => ({
          org_id: orgId,
          group_id: id,
          user_id: user.id,
          role: 'viewer' as const,
        })),
      )
      .onConflict((conflict) =>
        conflict
          .columns(['group_id', 'user_id'])
          .doUpdateSet({ from_roster: false })
          .where('group_members.from_roster', '=', true),
      )
      .returning(['group_id', sql<boolean>`xmax = 0`.as('isNew')])
      .execute();
    const joined = added.filter(({ isNew }) => isNew);
    await audit(
      trx,
      ...joined.map(({ group_id }) => ({
        orgId,
        by,
        action: 'member.add' as const,
        resourceId: user.id,
        before: null,
        after: { group_id, email: user.email, role: 'viewer' },
      })),
    );
    const groups = await selectGroups(trx, orgId).where('id', 'in', ids).execute();
    const byNumber = new Map(groups.map((group) => [group.number, group]));
    return [...idOf.keys()].map((number) => byNumber.get(number) as Group);
  });
}

async function lockUser(trx: Kysely<Database>, orgId: string, number: number) {
  const user = Number.isSafeInteger(number)
    ? await trx
        .selectFrom('users')
        .select(['id', 'email'])
        .where('org_id', '=', orgId)
        .where('number', '=', number)
        .forKeyShare()
        .executeTakeFirst()
    : undefined;
  if (!user) throw new PublicError('not_found', 'User not found');
  return user;
}

/** Against being deleted. @returns their ids by number, in the order of first mention. */
async function lockGroups(
  trx: Kysely<Database>,
  orgId: string,
  numbers: readonly number[],
): Promise<Map<number, string>> {
  const asked = [...new Set(numbers)].filter((number) => Number.isSafeInteger(number));
  const rows =
    asked.length === 0
      ? []
      : await trx
          .selectFrom('groups')
          .select(['id', 'number'])
          .where('org_id', '=', orgId)
          .where('number', 'in', asked)
          .orderBy('id')
          .forKeyShare()
          .execute();
  const found = new Map(rows.map(({ id, number }) => [number, id]));
  const details = numbers.flatMap((number, index) =>
    found.has(number) ? [] : [{ path: `groups.${index}`, message: `Group ${number} not found` }],
  );
  if (details.length > 0) {
    throw new PublicError('invalid_request', 'Some groups are not of this organization', {
      details,
    });
  }
  return new Map(asked.map((number) => [number, found.get(number) as string]));
}
