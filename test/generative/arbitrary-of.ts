import fc, { type Arbitrary } from 'fast-check';
import { Borrowed, poolOf } from './pools.ts';

/** As much of JSON Schema as the documents use. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
}

export interface Place {
  /** Of the ids that may be borrowed here. */
  prefix: string;
  /** The key that the value stands under. */
  key: string;
  resolve(reference: string): Schema;
}

const LONGEST_TEXT = 40;
const MOST_ITEMS = 6;
const PEOPLE = 12;

const borrowed = (place: Place, otherwise: Arbitrary<unknown>) =>
  fc
    .tuple(fc.nat(1_000), otherwise)
    .map(([index, value]) => new Borrowed(poolOf(place.prefix, place.key), index, value));

/** Mostly what exists; sometimes what cannot. */
const mostlyBorrowed = (place: Place, otherwise: Arbitrary<unknown>): Arbitrary<unknown> =>
  fc.oneof(
    { weight: 30, arbitrary: borrowed(place, otherwise) },
    { weight: 1, arbitrary: otherwise },
  );

/** Values that a schema allows. */
export function arbitraryOf(schema: Schema, place: Place): Arbitrary<unknown> {
  if (schema.$ref !== undefined) return arbitraryOf(place.resolve(schema.$ref), place);
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((choice) => arbitraryOf(choice, place)));
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type) => arbitraryOf({ ...schema, type }, place)));
  }
  switch (schema.type) {
    case 'string':
      return text(schema, place);
    case 'integer':
    case 'number':
      return number(schema, place);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      const { items = {}, minItems = 0, maxItems = MOST_ITEMS } = schema;
      const size = { minLength: minItems, maxLength: Math.min(maxItems, MOST_ITEMS) };
      return fc.array(arbitraryOf(items, place), size);
    }
    case 'object':
      return record(schema, place);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function text({ format, pattern, minLength = 0, maxLength = 200 }: Schema, place: Place) {
  switch (place.key) {
    case 'url':
    case 'callback_url':
      if (place.prefix !== 'native') break;
      return borrowed(place, fc.constant('https://127.0.0.1/hooks'));
    case 'cursor':
      return fc.oneof(
        fc.nat(1_000).map((index) => new Borrowed(`${place.prefix}:next_cursor`, index, '')),
        fc.base64String({ maxLength: 40 }),
      );
    case 'token':
      return fc.nat(1_000).map((index) => new Borrowed('token', index, 'token'));
  }
  if (format === 'uuid') return mostlyBorrowed(place, fc.uuid());
  if (format === 'email') {
    const known = fc.nat(PEOPLE).map((index) => `Person-${index}@Example.com`);
    return fc.oneof(known, fc.emailAddress());
  }
  if (format === 'date-time') {
    return fc
      .date({ min: new Date('2000-01-01'), max: new Date('2099-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString());
  }
  if (pattern !== undefined) return mostlyBorrowed(place, fc.stringMatching(new RegExp(pattern)));
  const short = { minLength, maxLength: Math.min(maxLength, Math.max(LONGEST_TEXT, minLength)) };
  return fc.oneof(
    { weight: 6, arbitrary: fc.string({ ...short, unit: 'grapheme' }) },
    { weight: 1, arbitrary: fc.constant('x'.repeat(maxLength)) },
  );
}

/** Nobody waits longer for a generated request. */
const LONGEST_WAIT_S = 1;

function number({ type, minimum, exclusiveMinimum, maximum }: Schema, place: Place) {
  if (place.key === 'wait') return fc.integer({ min: 0, max: LONGEST_WAIT_S });
  const min = minimum ?? exclusiveMinimum ?? -1_000;
  const max = Math.min(maximum ?? 100_000, 2_147_483_647);
  if (type === 'number') {
    return fc.oneof(
      fc.integer({ min: Math.ceil(min + 0.01), max: Math.floor(max) }),
      fc.double({ min, max, minExcluded: exclusiveMinimum !== undefined, noNaN: true }),
    );
  }
  const some = fc.oneof(
    fc.integer({ min, max }),
    fc.integer({ min, max: Math.min(max, min + 20) }),
  );
  return /^(?:id|groups|parentId)$/.test(place.key) ? mostlyBorrowed(place, some) : some;
}

function record(schema: Schema, place: Place): Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema;
  const known = fc.record(
    Object.fromEntries(
      Object.entries(properties).map(([key, value]) => [
        key,
        arbitraryOf(value, { ...place, key: key === 'id' ? place.key : key }),
      ]),
    ),
    { requiredKeys: required },
  );
  if (typeof additionalProperties !== 'object') return known;
  const more = fc.dictionary(
    fc.string({ minLength: 1, maxLength: 20 }),
    arbitraryOf(additionalProperties, place),
    {
      maxKeys: 4,
    },
  );
  return fc.tuple(known, more).map(([one, other]) => ({ ...other, ...(one as object) }));
}
