import { sql } from 'kysely';

/**
 * A common table expression for a statement of work that is shared: from there on its transaction waits
 * half a second for a lock and no longer, since what one of them waits for, none of the others should.
 * It has one row, and is in force once that is read.
 */
export const impatient = sql`impatient as materialized (
  select set_config('lock_timeout', '500ms', true))`;
