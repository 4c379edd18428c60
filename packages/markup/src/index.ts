export { formatInstant } from './format-instant.ts';
export { Markup, markup } from './markup.ts';
