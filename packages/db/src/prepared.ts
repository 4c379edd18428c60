import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';

const MARK = '/* prepared */';

/**
 * At the head of a statement: each connection parses it once. For what runs for every request or task
 * and finds its rows by key, so that one plan fits every parameter. It must name its columns: a result
 * that changes its shape, as that of a `*` does when a migration adds one, fails until reconnected.
 */
export const prepared = sql.raw(MARK);

const names = new Map<string, string>();

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = createHash('sha256').update(text).digest('base64url');
  names.set(text, name);
  return name;
}

/** A connection that gives marked statements the name under which Postgres keeps them. */
export class PreparingClient extends pg.Client {
  // The base class has a dozen signatures; whatever is not a marked text passes through as it came.
  // oxlint-disable-next-line typescript/no-explicit-any
  override query(...given: any[]): any {
    const [text, values] = given;
    if (typeof text !== 'string' || !text.trimStart().startsWith(MARK)) {
      return Reflect.apply(super.query, this, given);
    }
    return super.query({ name: nameOf(text), text, values });
  }
}
