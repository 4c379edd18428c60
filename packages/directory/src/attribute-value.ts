import type { AttributeType, AttributeValue } from '@usher/contracts';

/** What a value is held against. */
export interface AttributeRule {
  type: AttributeType;
  options: readonly string[];
}

/** A value as it is kept, or what it must be, in words that go on from “must be”. */
export type Read = { value: AttributeValue } | { wanted: string };

const LONGEST = 2_048;
/** Control characters but tab and line feed, and halves of characters: Postgres takes not all of them. */
const UNPRINTABLE = /[^\P{Cc}\t\n]|\p{Cs}/u;

/** Hold a value of a request against its rule. Whether a user of that number exists is not asked here. */
export function readAttribute({ type, options }: AttributeRule, value: unknown): Read {
  switch (type) {
    case 'text':
      return readText(value);
    case 'date':
      return typeof value === 'string' && isDate(value)
        ? { value }
        : { wanted: 'a date: YYYY-MM-DD' };
    case 'single':
      return typeof value === 'string' && options.includes(value)
        ? { value }
        : { wanted: 'one of its options' };
    case 'multiple':
      return readSeveral(options, value);
    case 'user':
      return isWhole(value) && value > 0 ? { value } : { wanted: 'the number of a user' };
    case 'yes/no':
      return typeof value === 'boolean' ? { value } : { wanted: 'true or false' };
    case 'link':
      return typeof value === 'string' && isLink(value)
        ? { value }
        : { wanted: 'an http or https address' };
    case 'number':
      // Zero has no sign where it is kept: with one it would be another value every time.
      return typeof value === 'number' && Number.isFinite(value)
        ? { value: value || 0 }
        : { wanted: 'a number' };
  }
}

/** Nothing is in it: of a required attribute as good as none. */
export const isBlank = (value: AttributeValue): boolean =>
  Array.isArray(value) ? value.length === 0 : value === '';

function readText(given: unknown): Read {
  const value =
    typeof given === 'string' ? given.normalize('NFC').replaceAll('\r\n', '\n').trim() : null;
  if (value === null) return { wanted: 'text' };
  if (value.length > LONGEST) return { wanted: `at most ${LONGEST} characters long` };
  return UNPRINTABLE.test(value) ? { wanted: 'text without control characters' } : { value };
}

/** In the order of the options, each once: in another order it is the same. */
function readSeveral(options: readonly string[], value: unknown): Read {
  const allowed = new Set<unknown>(options);
  const chosen = new Set<unknown>(Array.isArray(value) ? value : []);
  if (!Array.isArray(value) || ![...chosen].every((each) => allowed.has(each))) {
    return { wanted: 'a list of its options' };
  }
  return { value: options.filter((option) => chosen.has(option)) };
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = new Date(`${text}T00:00:00Z`);
  // The 30th of February is another day to it, or none.
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text);
}

function isLink(text: string): boolean {
  if (text.length > LONGEST || /[\s\p{C}]/u.test(text)) return false;
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}
