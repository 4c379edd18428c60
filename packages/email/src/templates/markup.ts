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

type Value = string | Markup | readonly Markup[];

/** HTML in which each value is escaped, for text and quoted attributes, unless it is `Markup`. */
export function markup(strings: TemplateStringsArray, ...values: Value[]): Markup {
  const parts = strings.map((literal, index) => {
    const value = values[index];
    return value === undefined ? literal : literal + source(value);
  });
  return new Markup(parts.join(''));
}

function source(value: Value): string {
  if (typeof value === 'string') return escape(value);
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
