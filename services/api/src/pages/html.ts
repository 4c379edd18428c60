/** A piece of HTML that may stand in a page as it is. Only `html` makes one. */
export class Html {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  toString(): string {
    return this.#source;
  }
}

type Value = string | number | Html | readonly Html[] | null;

/** HTML with every value escaped, fit for text and for quoted attributes, unless it is HTML itself. */
export function html(strings: TemplateStringsArray, ...values: Value[]): Html {
  const parts = strings.map((literal, index) => literal + source(values[index] ?? null));
  return new Html(parts.join(''));
}

function source(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'string' || typeof value === 'number') return escape(String(value));
  return value instanceof Html ? value.toString() : value.join('');
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

function escape(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? '');
}
