import { PublicError } from '@usher/contracts';
import type { Database } from '@usher/db';
import type { Kysely } from 'kysely';

/** @throws {PublicError} `not_found` when there is no organization of this id. */
export async function assertOrganization(db: Kysely<Database>, id: string): Promise<void> {
  const { findOrganization } = await import('@usher/directory');
  if (!(await findOrganization(db, id))) {
    throw new PublicError(
      'not_found',
      `There is no organization ${id}. \`usher org create\` makes one.`,
    );
  }
}
