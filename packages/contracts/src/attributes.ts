/** What an attribute of a group can be, as its definition says. */
export const ATTRIBUTE_TYPES = [
  'text',
  'date',
  'single',
  'multiple',
  'user',
  'yes/no',
  'link',
  'number',
] as const;
export type AttributeType = (typeof ATTRIBUTE_TYPES)[number];

/**
 * By its type: text, one of the options (single) and an http(s) address (link) are strings, a date is
 * `YYYY-MM-DD`; some of the options (multiple) are strings in their definition's order; a user is that
 * user's number.
 */
export type AttributeValue = string | number | boolean | string[];
