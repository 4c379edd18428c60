import { prepared, type Database } from '@usher/db';
import type { Lane, Queue } from '@usher/queue';
import { sql, type Kysely } from 'kysely';
import type { Failpoint } from '../engine.ts';
import { fairPick, type Candidate, type VirtualTime } from './fair-pick.ts';
import { lockGates, startProbe } from './gates.ts';
import { readCandidates, readCandidatesAtGates } from './read-candidates.ts';

export interface DispatchContext {
  db: Kysely<Database>;
  queue: Queue;
  failpoint: Failpoint;
  /** Perhaps marked as sent, not in the queue, and not unmarked, since Postgres was away as well. */
  unsent: Set<string>;
}

/** An organization with something waiting in a lane, and when the first of it is due. */
export interface Waiting {
  orgId: string;
  weight: number;
  due: boolean;
  /** By Postgres' clock, like everything that is due. */
  dueInMs: number;
  /** Tasks of the whole lane that are sent and unfinished. */
  sent: number;
}

/**
 * Who waits in a lane: one index probe for each organization, however much waits.
 * @param mostSent where more than this are sent and unfinished, one organization is enough: none of
 *   them will be given a place now, and a thousand probes take 25 ms.
 */
export async function readWaiting(
  db: Kysely<Database>,
  lane: Lane,
  mostSent: number | null = null,
): Promise<Waiting[]> {
  const { rows } = await sql<Waiting>`${prepared}
    with recursive sent as materialized (
      select count(*)::int as tasks from tasks where lane = ${lane} and sent_at is not null
    ), waiting as (
      (select org_id, due_at from tasks where lane = ${lane} and sent_at is null and not held
        order by org_id, due_at limit 1)
      union all
      select next.* from waiting, lateral (
        select org_id, due_at from tasks
        where lane = ${lane} and sent_at is null and not held and org_id > waiting.org_id
        order by org_id, due_at limit 1) as next
      where coalesce((select tasks from sent) <= ${mostSent}::int, true)
    )
    select org_id as "orgId", weight, due_at <= now() as due,
      greatest(0, extract(epoch from due_at - now()) * 1000)::float8 as "dueInMs",
      (select tasks from sent) as sent
    from waiting join organizations on organizations.id = org_id`.execute(db);
  return rows;
}

/**
 * Send up to `free` due tasks of one lane, fairly between organizations. A task is marked as sent,
 * committed, and only then handed to the queue: a crash between the two costs 20 s, not the task.
 * @param how `share`, of a lane with a gate for each destination: how many one organization may have
 * there. `together`: how many travel in one message.
 * @returns `again`: more may be sent at once: something was, or a gate was busy.
 */
export async function fillLane(
  context: DispatchContext,
  lane: Lane,
  free: number,
  waiting: readonly Waiting[],
  time: VirtualTime,
  { share, together }: { share?: number | undefined; together?: number | undefined } = {},
): Promise<{ sent: number; again: boolean }> {
  const orgIds = waiting
    .map((each) => each.orgId)
    .sort((a, b) => time.startOf(a) - time.startOf(b));
  const candidates =
    share === undefined
      ? await readCandidates(context.db, lane, orgIds, free)
      : await readCandidatesAtGates(context.db, lane, orgIds, free, share);
  if (candidates.length === 0) return { sent: 0, again: false };
  const weights = new Map(waiting.map((each) => [each.orgId, each.weight]));
  let picked: Candidate[] = [];
  try {
    const busy = share === undefined ? 'wait' : 'skip';
    const { sent, skipped } = await markSent(context.db, candidates, busy, (room) => {
      picked = fairPick(candidates, free, weights, room, time);
      return picked;
    });
    await context.failpoint('dispatch:after-mark', sent);
    await context.queue.send(lane, sent, together);
    return { sent: sent.length, again: sent.length > 0 || skipped };
  } catch (error) {
    // Marking may have been committed without our hearing of it.
    for (const { id } of picked) context.unsent.add(id);
    await unmarkUnsent(context);
    throw error;
  }
}

/** The queue did not take them: they wait again. Should a message arrive after all, it does no harm. */
export async function unmarkUnsent({ db, unsent }: DispatchContext): Promise<void> {
  const ids = [...unsent];
  if (ids.length === 0) return;
  await sql`update tasks set sent_at = null
    where id = any (${ids}::uuid[]) and lease_token is null`.execute(db);
  for (const id of ids) unsent.delete(id);
}

/** Mark the picked tasks as sent, within what their gates still admit. */
async function markSent(
  db: Kysely<Database>,
  candidates: readonly Candidate[],
  busy: 'wait' | 'skip',
  pick: (room: Map<string, number>) => Candidate[],
): Promise<{ sent: string[]; skipped: boolean }> {
  const names = [...new Set(candidates.flatMap((each) => each.gate ?? []))];
  if (names.length === 0) {
    return { sent: (await mark(db, pick(new Map()))).map((row) => row.id), skipped: false };
  }
  return db.transaction().execute(async (trx) => {
    const gates = await lockGates(trx, names, busy);
    const rows = await mark(trx, pick(new Map([...gates].map(([name, { room }]) => [name, room]))));
    for (const { id, gate } of rows) {
      if (gate !== null && gates.get(gate)?.probing) await startProbe(trx, gate, id);
    }
    return { sent: rows.map((row) => row.id), skipped: gates.size < names.length };
  });
}

/** SKIP LOCKED and the guard make two dispatchers harmless. Keeps the order of what was picked. */
async function mark(
  db: Kysely<Database>,
  picked: readonly Candidate[],
): Promise<Array<{ id: string; gate: string | null }>> {
  const { rows } = await sql<{ id: string }>`${prepared}
    with locked as materialized (
      select id, sent_at, held from tasks
      where id = any (${picked.map((each) => each.id)}::uuid[])
      for update skip locked
    )
    update tasks set sent_at = now()
    where id = any (array(select id from locked where sent_at is null and not held))
    returning id`.execute(db);
  const marked = new Set(rows.map((row) => row.id));
  return picked.filter((each) => marked.has(each.id));
}
