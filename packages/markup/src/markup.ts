/** A piece of HTML that is safe to put into another. Only `markup` makes one. */
export class Markup {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  toString(): string {
    return this.#source;
  }
}

type Value = string | number | Markup | readonly Markup[] | null;

/** HTML in which each value is escaped, for text and quoted attributes, unless it is `Markup`. */
export function markup(strings: TemplateStringsArray, ...values: Value[]): Markup {
  const parts = strings.map((literal, index) => literal + source(values[index] ?? null));
  return new Markup(parts.join(''));
}

function source(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'string' || typeof value === 'number') return escape(String(value));
  return value instanceof Markup ? value.toString() : value.join('');
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

function escape(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => entities[character] ?? '');
}
