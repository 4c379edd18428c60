import { PublicError, type ErrorDetail } from '@usher/contracts';
import type { Database } from '@usher/db';
import type { Kysely } from 'kysely';
import type { GroupColumns } from './group-columns.ts';
import { findParent } from './group-tree.ts';
import { mergeAttributes, type AttributeChanges } from './merge-attributes.ts';

/** What a request can say of a group's place, its words and its attributes. Left out: as it is. */
export interface GroupFields {
  /** The number of the group to go below; null: below none. */
  parentNumber?: number | null | undefined;
  /** At most 10,000 characters; null clears it. */
  description?: string | null | undefined;
  /** Merged by key; null clears a key. */
  attributes?: AttributeChanges | undefined;
}

const LONGEST_DESCRIPTION = 10_000;

/**
 * The columns that such fields ask for.
 * @param group as it is, its row locked where it is to be changed; null: it is being made.
 * @throws {PublicError} `invalid_request`, with `parentId`, `description` and `attributes.<name>` for paths.
 */
export async function resolveGroupFields(
  db: Kysely<Database>,
  orgId: string,
  group: (Pick<GroupColumns, 'attributes'> & { id: string }) | null,
  { parentNumber, description, attributes }: GroupFields,
): Promise<Partial<Pick<GroupColumns, 'parent_id' | 'description' | 'attributes'>>> {
  const details: ErrorDetail[] = [];
  const parent =
    parentNumber === undefined
      ? undefined
      : await findParent(db, orgId, group?.id ?? null, parentNumber);
  const merged =
    attributes === undefined
      ? undefined
      : await mergeAttributes(db, orgId, group?.attributes ?? null, attributes);
  details.push(...(parent?.details ?? []));
  if (description && description.length > LONGEST_DESCRIPTION) {
    const message = `Description must have at most ${LONGEST_DESCRIPTION} characters`;
    details.push({ path: 'description', message });
  }
  details.push(...(merged?.details ?? []));
  if (details.length > 0) {
    throw new PublicError('invalid_request', 'Some of what the group would be is not allowed', {
      details,
    });
  }
  return {
    ...(parent && { parent_id: parent.parentId }),
    ...(description !== undefined && { description }),
    ...(merged && { attributes: merged.attributes }),
  };
}
