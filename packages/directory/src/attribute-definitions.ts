import { PublicError, type AttributeType, type ErrorDetail } from '@usher/contracts';
import { newId, type Database } from '@usher/db';
import { audit, NO_KEY, type Actor } from '@usher/events';
import type { Kysely } from 'kysely';
import { inTransaction } from './in-transaction.ts';

/** What the attribute of that name is, in all groups of the organization. */
export interface AttributeDefinition {
  id: string;
  number: number;
  name: string;
  type: AttributeType;
  /** Of `single` and `multiple`; of the others, none. */
  options: string[];
  /** A group is not made without it, and it cannot be cleared. */
  required: boolean;
  createdAt: Date;
}

export interface NewAttributeDefinition {
  /** 1 to 255 characters. */
  name: string;
  type: AttributeType;
  /** At least one of `single` and `multiple`, none of the others. */
  options?: readonly string[] | undefined;
  required?: boolean | undefined;
}

/** Of an organization: they are listed all at once. */
const MOST = 200;
/** Of one definition's options together. */
const MOST_CHARACTERS = 32_768;

const columns = [
  'id',
  'number',
  'name',
  'type',
  'options',
  'required',
  'created_at as createdAt',
] as const;

/** The organization's, oldest first. */
export function listAttributeDefinitions(
  db: Kysely<Database>,
  orgId: string,
): Promise<AttributeDefinition[]> {
  return db
    .selectFrom('attribute_definitions')
    .select(columns)
    .where('org_id', '=', orgId)
    .orderBy('number')
    .execute();
}

/**
 * Define an attribute. What groups have under its name already stays as it is until it is next given.
 * @throws {PublicError} `invalid_request` with what is wrong with `name` or `options`.
 */
export async function createAttributeDefinition(
  db: Kysely<Database>,
  orgId: string,
  { name, type, options = [], required = false }: NewAttributeDefinition,
  by: Actor = NO_KEY,
): Promise<AttributeDefinition> {
  refuseOptions(type, options);
  return inTransaction(db, async (trx) => {
    const made = await trx
      .insertInto('attribute_definitions')
      .values({ id: newId(), org_id: orgId, name, type, options: [...options], required })
      .onConflict((conflict) => conflict.columns(['org_id', 'name']).doNothing())
      .returning(columns)
      .executeTakeFirst();
    if (!made) throw invalid({ path: 'name', message: 'An attribute of this name exists' });
    const { count } = await trx
      .selectFrom('attribute_definitions')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('org_id', '=', orgId)
      .executeTakeFirstOrThrow();
    // Those that are made at the same moment are not counted: some more do no harm.
    if (count > MOST)
      throw invalid({ path: 'name', message: `There are ${MOST} attributes already` });
    await audit(trx, {
      orgId,
      by,
      action: 'attribute_definition.create',
      resourceId: made.id,
      before: null,
      after: { name, type, options, required },
    });
    return made;
  });
}

/**
 * Delete a definition by its number. What groups have under its name stays, and is text when it is next
 * given. @throws {PublicError} `not_found`.
 */
export function deleteAttributeDefinition(
  db: Kysely<Database>,
  orgId: string,
  number: number,
  by: Actor = NO_KEY,
): Promise<void> {
  return inTransaction(db, async (trx) => {
    const deleted = Number.isSafeInteger(number)
      ? await trx
          .deleteFrom('attribute_definitions')
          .where('org_id', '=', orgId)
          .where('number', '=', number)
          .returning(['id', 'name', 'type', 'options', 'required'])
          .executeTakeFirst()
      : undefined;
    if (!deleted) throw new PublicError('not_found', 'Group attribute not found');
    const { id, ...before } = deleted;
    const action = 'attribute_definition.delete';
    await audit(trx, { orgId, by, action, resourceId: id, before, after: null });
  });
}

function refuseOptions(type: AttributeType, options: readonly string[]): void {
  const chosen = type === 'single' || type === 'multiple';
  const refuse = (message: string) => invalid({ path: 'options', message });
  if (chosen && options.length === 0)
    throw refuse(`Options of a ${type} attribute cannot be empty`);
  if (!chosen && options.length > 0) throw refuse(`An attribute of type ${type} has no options`);
  if (new Set(options).size < options.length) throw refuse('An option is given twice');
  if (options.join('').length > MOST_CHARACTERS) {
    throw refuse(`Options have at most ${MOST_CHARACTERS} characters together`);
  }
}

const invalid = (detail: ErrorDetail) =>
  new PublicError('invalid_request', 'The group attribute is not valid', { details: [detail] });
