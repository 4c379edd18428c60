const MOST_ITEMS = 100;
/** The longest URL that we take. */
const MOST_CHARACTERS = 2_048;
const MOST_IN_ALL = 16_384;

/**
 * The JSON of a look, short enough to be read two hundred at a time, whatever it was made of. What is
 * left out is said where it stood: lists end after 100 items with how many more there are, texts after
 * 2,048 characters; of a look above 16,384 characters only its length is left.
 */
export function shortJson(look: object): string {
  const json = JSON.stringify(look, (_, value: unknown) => shorten(value));
  if (json.length <= MOST_IN_ALL) return json;
  return JSON.stringify({ left_out: `${json.length} characters` });
}

function shorten(value: unknown): unknown {
  if (Array.isArray(value) && value.length > MOST_ITEMS) {
    return [...value.slice(0, MOST_ITEMS), `and ${value.length - MOST_ITEMS} more`];
  }
  if (typeof value === 'string' && value.length > MOST_CHARACTERS) {
    // Postgres takes no half of a character.
    const start = value.slice(0, MOST_CHARACTERS).replace(/[\uD800-\uDBFF]$/, '');
    return `${start}… and ${value.length - start.length} characters more`;
  }
  return value;
}
