/** In place of an id in a generated request: one that exists by the time it is sent, else `otherwise`. */
export class Borrowed {
  readonly pool: string;
  readonly index: number;
  readonly otherwise: unknown;

  constructor(pool: string, index: number, otherwise: unknown) {
    this.pool = pool;
    this.index = index;
    this.otherwise = otherwise;
  }
}

/** What has been seen in answers, by what it names; the newest are kept. */
export class Pools {
  readonly #seen = new Map<string, Set<unknown>>();

  add(pool: string, ...values: readonly unknown[]): void {
    const seen = this.#seen.get(pool) ?? new Set();
    this.#seen.set(pool, seen);
    for (const value of values) {
      seen.delete(value);
      seen.add(value);
      const [oldest] = seen;
      if (seen.size > MOST) seen.delete(oldest);
    }
  }

  /** The newest of a pool. */
  known(pool: string, most: number): unknown[] {
    return [...(this.#seen.get(pool) ?? [])].slice(-most);
  }

  /** A value with everything borrowed in it filled in. */
  fill(value: unknown): unknown {
    if (value instanceof Borrowed) {
      const seen = [...(this.#seen.get(value.pool) ?? [])];
      return seen.length === 0 ? value.otherwise : seen[value.index % seen.length];
    }
    if (Array.isArray(value)) return value.map((item) => this.fill(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.fill(item)]));
  }

  /** Remember every id in an answer by the key that it stands under, or that its object stands under. */
  harvest(prefix: string, value: unknown, under = ''): void {
    if (Array.isArray(value)) {
      for (const item of value) this.harvest(prefix, item, under);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      if (key === 'id') this.add(poolOf(prefix, under), item);
      else if (key === 'inviteUrl')
        this.add('token', new URL(String(item)).searchParams.get('token'));
      else if (typeof item === 'string' && /_id$|^next_cursor$/.test(key)) {
        this.add(poolOf(prefix, key), item);
      } else
        this.harvest(prefix, item, /^(?:data|results|targets|accepted)$/.test(key) ? under : key);
    }
  }
}

const MOST = 200;

/** `website_ids`, `websites` and `website` name the same things. */
export function poolOf(prefix: string, key: string): string {
  const word = key
    .replace(/^(?:add|remove)_/, '')
    .replace(/_ids?$/, '')
    .replace(/s$/, '');
  const name = word === 'endpoint' ? 'webhook_endpoint' : word === 'parentId' ? 'group' : word;
  return `${prefix}:${name.replaceAll('-', '_')}`;
}
