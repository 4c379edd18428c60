import fc, { type Arbitrary } from 'fast-check';
import { Borrowed } from './pools.ts';

/** What programs trip over. */
const HOSTILE: readonly unknown[] = [
  null,
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202e\u200b',
  '<script>alert(1)</script>',
  "'; drop table jobs; --",
  '../../etc/passwd',
  'x'.repeat(300),
  'é'.repeat(5_000),
  '__proto__',
  -1,
  0,
  0.1,
  1e308,
  -1e308,
  2 ** 31,
  2 ** 53,
  true,
  [],
  {},
  [[]],
  [null],
  { __proto__: null, constructor: 1 },
  Array.from({ length: 60 }, () => '01890a5d-ac96-774b-bcce-b302099a8057'),
];

const isBranch = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof Borrowed);

/** A value that is nearly the one given: one place in it is hostile, missing, or too much. */
export const spoiled = (value: unknown): Arbitrary<unknown> =>
  fc
    .tuple(
      fc.array(fc.nat(100), { minLength: 4, maxLength: 4 }),
      fc.constantFrom(...HOSTILE),
      fc.nat(9),
    )
    .map(([path, hostile, how]) => spoil(value, path, hostile, how));

function spoil(value: unknown, path: readonly number[], hostile: unknown, how: number): unknown {
  const [step = 0, ...rest] = path;
  if (!isBranch(value)) return hostile;
  const keys = Object.keys(value);
  if (keys.length === 0 || path.length === 0) return hostile;
  const key = keys[step % keys.length] as string;
  const copy = structure(value);
  if (how === 0) delete copy[key];
  else if (how === 1) copy[`${key}_`] = hostile;
  // Often at the top, where most of a request is.
  else copy[key] = how < 6 ? hostile : spoil(copy[key], rest, hostile, how);
  return Array.isArray(value) ? Object.values(copy) : copy;
}

const structure = (value: object): Record<string, unknown> => ({ ...value });
