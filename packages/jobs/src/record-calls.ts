import { impatient, prepared, type Database } from '@usher/db';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { openGates } from './dispatch/gates.ts';
import type { Engine } from './engine.ts';
import type { Done, OutsideKind } from './kind.ts';

const MOST = 64;

/**
 * Record a call that ended well, together with those that end meanwhile, all or none: the tasks are
 * taken, each under its own lease, their gates opened, and what is known outside written down.
 * @returns false where the lease was lost; undefined: this kind records each by itself.
 * @throws whatever stood in the way of one of them; nothing is recorded then, unless unseen.
 */
export async function recordCall(
  engine: Engine,
  kind: OutsideKind,
  done: Done,
): Promise<boolean | undefined> {
  if (!kind.recordAll && (!kind.recording || done.task.gate !== null)) return undefined;
  const place = {
    class: `record ${kind.name}`,
    subject: done.task.id,
    most: MOST,
    oneAtATime: true,
  };
  return engine.companions.join(place, done, async (all: Done[]) => {
    const taken = await recordAll(engine.db, kind, all);
    return all.map(({ task }) => taken.has(task.id));
  });
}

/** @returns the ids of the tasks that were taken. */
async function recordAll(
  db: Kysely<Database>,
  kind: OutsideKind,
  all: readonly Done[],
): Promise<Set<string>> {
  const gates = new Set(all.flatMap(({ task }) => task.gate ?? []));
  if (kind.recording && gates.size === 0) return take(db, all, kind.recording(all));
  return db.transaction().execute(async (trx) => {
    const ids = await take(trx, all);
    const mine = all.filter(({ task }) => ids.has(task.id));
    const open = new Set(mine.flatMap(({ task }) => task.gate ?? []));
    if (open.size > 0) await openGates(trx, [...open]);
    if (mine.length > 0) await kind.recordAll?.(trx, mine);
    return ids;
  });
}

/** Step 1 for many: in the order of their ids, each under the lease it was called with. */
async function take(
  db: Kysely<Database>,
  all: readonly Done[],
  recording?: RawBuilder<unknown>,
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`${prepared}
    with ${impatient}, locked as materialized (
      select tasks.id, lease_token from impatient cross join tasks
      where tasks.id = any (${all.map(({ task }) => task.id)}::uuid[])
      order by tasks.id for update of tasks
    ), taken as (
      delete from tasks where id = any (array(
        select id from locked
        join unnest(${all.map(({ task }) => task.id)}::uuid[],
          ${all.map(({ task }) => task.lease_token)}::uuid[]) as held (id, token) using (id)
        where lease_token = held.token))
      returning id
    )${recording ? sql`, ${recording}` : sql``}
    select id from taken`.execute(db);
  return new Set(rows.map((row) => row.id));
}
