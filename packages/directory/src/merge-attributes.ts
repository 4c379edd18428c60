import type { AttributeValue, ErrorDetail } from '@usher/contracts';
import type { Database } from '@usher/db';
import type { Kysely } from 'kysely';
import { isBlank, readAttribute, type AttributeRule } from './attribute-value.ts';

export type Attributes = Record<string, AttributeValue>;
/** By name, as they came: merged into what there is, and null clears a key. */
export type AttributeChanges = Readonly<Record<string, unknown>>;

interface Rule extends AttributeRule {
  name: string;
  required: boolean;
}

const MOST = 100;
const TOO_MANY = { path: 'attributes', message: `A group has at most ${MOST} attributes` };
/** Of all of them as JSON: whoever lists groups reads a thousand at once. */
const MOST_CHARACTERS = 32_768;
const TOO_LONG = {
  path: 'attributes',
  message: `The attributes of a group have at most ${MOST_CHARACTERS} characters together`,
};
const LONGEST_NAME = 255;
const NAME_RULE = `An attribute's name has 1 to ${LONGEST_NAME} characters, and none that controls`;

/**
 * A group's attributes with these merged in, held against the organization's definitions; a name
 * without one is text. What is there already is not judged anew.
 * @param present null: the group is being made, and must have what is required.
 * @returns them, and what stands against it: with any of that they are of no use.
 */
export async function mergeAttributes(
  db: Kysely<Database>,
  orgId: string,
  present: Attributes | null,
  given: AttributeChanges,
): Promise<{ attributes: Attributes; details: ErrorDetail[] }> {
  const merged = new Map(Object.entries(present ?? {}));
  const wanted = Object.entries(given).map(([as, value]) => ({ as, name: keyOf(as), value }));
  if (wanted.length > MOST) return { attributes: {}, details: [TOO_MANY] };
  const names = wanted.map(({ name }) => name).filter(isName);
  const rules = await readRules(db, orgId, names, present === null);
  const details: ErrorDetail[] = [];
  const refuse = (as: string, message: string) =>
    void details.push({ path: `attributes.${as}`, message });
  const users: Array<{ as: string; name: string; number: number }> = [];

  for (const { as, name, value } of wanted) {
    if (!isName(name)) {
      refuse(as.slice(0, LONGEST_NAME), NAME_RULE);
      continue;
    }
    const rule: Rule = rules.get(name) ?? { name, type: 'text', options: [], required: false };
    const read = value === null ? null : readAttribute(rule, value);
    if (read && 'wanted' in read) refuse(as, refusalOf(rule, read.wanted));
    else if (rule.required && (!read || isBlank(read.value))) refuse(as, `${name} is required`);
    else if (!read) merged.delete(name);
    else merged.set(name, read.value);
    if (rule.type === 'user' && read && 'value' in read) {
      users.push({ as, name, number: read.value as number });
    }
  }
  for (const rule of rules.values()) {
    if (present !== null || !rule.required || names.includes(rule.name)) continue;
    refuse(rule.name, `${rule.name} is required`);
  }
  const known = await findUsers(
    db,
    orgId,
    users.map(({ number }) => number),
  );
  for (const { as, name, number } of users) {
    if (!known.has(number)) refuse(as, `Invalid ${name} specified: there is no such user`);
  }
  if (merged.size > MOST) details.push(TOO_MANY);
  const attributes = Object.fromEntries(merged);
  if (JSON.stringify(attributes).length > MOST_CHARACTERS) details.push(TOO_LONG);
  return { attributes, details };
}

/** Two spellings of one name are one. */
const keyOf = (name: string): string => name.normalize('NFC').trim();

const isName = (name: string): boolean =>
  name.length >= 1 && name.length <= LONGEST_NAME && !/[\p{Cc}\p{Cs}]/u.test(name);

/** Of options, their definition says more than fits a line. */
function refusalOf({ name, type }: Rule, wanted: string): string {
  const invalid = `Invalid ${name} specified`;
  return type === 'single' || type === 'multiple' ? invalid : `${invalid}: it must be ${wanted}`;
}

/** The definitions of these names, and with `alsoRequired` all that are required; oldest first. */
async function readRules(
  db: Kysely<Database>,
  orgId: string,
  names: readonly string[],
  alsoRequired: boolean,
): Promise<Map<string, Rule>> {
  if (names.length === 0 && !alsoRequired) return new Map();
  const rows = await db
    .selectFrom('attribute_definitions')
    .select(['name', 'type', 'options', 'required'])
    .where('org_id', '=', orgId)
    .where((eb) =>
      eb.or([
        ...(names.length > 0 ? [eb('name', 'in', [...names])] : []),
        ...(alsoRequired ? [eb('required', '=', true)] : []),
      ]),
    )
    .orderBy('number')
    .execute();
  return new Map(rows.map((row) => [row.name, row]));
}

/** Of these numbers, those of users of the organization. */
async function findUsers(
  db: Kysely<Database>,
  orgId: string,
  numbers: readonly number[],
): Promise<Set<number>> {
  if (numbers.length === 0) return new Set();
  const rows = await db
    .selectFrom('users')
    .select('number')
    .where('org_id', '=', orgId)
    .where('number', 'in', [...numbers])
    .execute();
  return new Set(rows.map((row) => row.number));
}
