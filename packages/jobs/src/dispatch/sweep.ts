import type { Database } from '@usher/db';
import type { Queue } from '@usher/queue';
import { sql, type Kysely } from 'kysely';
import { dueAsBegun } from '../return-task.ts';
import { DATABASE_GATE } from './gates.ts';
import { lookAround, type Findings } from './look-around.ts';

/** A message of which nothing was heard for this long is sent again. */
const SILENCE_S = 20;
/** A dispatcher that hangs is replaced within 6 s, one that died sooner. */
const LAST_MOMENTS_S = 10;
const ROWS_AT_ONCE = 1_000;

/**
 * Put right what messages cannot: tasks whose message was lost or whose process died wait to be sent
 * again, and `held` is made to agree with the jobs' flags. Runs every 2 s in the dispatcher, before it
 * sends.
 * @param found what was seen just before; looked for where it is left out.
 * @param thorough ask the store for its marker though it should hold nothing: a wiped one cost nobody
 * anything then.
 */
export async function sweep(
  db: Kysely<Database>,
  queue: Queue,
  { found, thorough = true }: { found?: Findings; thorough?: boolean } = {},
): Promise<void> {
  const seen = found ?? (await lookAround(db));
  await applyFlags(db, seen);
  if (!(seen.sent || thorough) || (await queue.hasMarker())) {
    if (seen.sent) await recallSilent(db);
    if (seen.probing) await returnProbes(db);
    return;
  }
  await recallEverything(db);
  await returnProbes(db);
  // Set last: a crash in between only recalls once more. Sending begins after both.
  await queue.setMarker();
}

/** The store was wiped: every message is gone. Nobody is a suspect for that. */
async function recallEverything(db: Kysely<Database>): Promise<void> {
  await sql`
    update tasks set sent_at = null, due_at = ${dueAsBegun} where id = any (array(
      select id from tasks
      where sent_at is not null and (leased_until is null or leased_until <= now())
      for update skip locked))`.execute(db);
}

/**
 * What the dispatcher before this one marked in its last moments it may not have handed to the queue.
 * A message too many does no harm. Each is a suspect: it may be what its process died of. Tasks of
 * gates that others keep wait for the silence, lest one more than the cap is under way.
 */
export async function recallInherited(db: Kysely<Database>): Promise<void> {
  await sql`
    update tasks set sent_at = null, suspect = true where id = any (array(
      select id from tasks
      where sent_at > now() - make_interval(secs => ${LAST_MOMENTS_S}) and lease_token is null
        and (gate is null or gate = ${DATABASE_GATE})
      for update skip locked))`.execute(db);
}

/** The probe of a gate whose task waits again, or is gone, is another's: its worker died with it. */
async function returnProbes(db: Kysely<Database>): Promise<void> {
  await sql`
    update gates set probe_task_id = null, probe_until = null
    where closed_until is not null and probe_task_id is not null and not exists (
      select from tasks where tasks.id = probe_task_id and sent_at is not null)`.execute(db);
}

/**
 * A lease that ran out, or no lease and no word for 20 s: it waits to be sent again, and is a suspect
 * from now on. Never one whose lease lives, or that is being recorded (locked) just now.
 */
async function recallSilent(db: Kysely<Database>): Promise<void> {
  await sql`
    update tasks set sent_at = null, suspect = true, due_at = ${dueAsBegun} where id = any (array(
      select id from tasks
      where sent_at is not null and case
        when leased_until is null then sent_at < now() - make_interval(secs => ${SILENCE_S})
        else leased_until <= now()
          and (sent_at < leased_until or sent_at < now() - make_interval(secs => ${SILENCE_S})) end
      for update skip locked))`.execute(db);
}

/**
 * A paused job's tasks are held, all others are not; those of a job that is canceled or fenced are due
 * now, past any gate, because a worker must record each of them.
 */
async function applyFlags(
  db: Kysely<Database>,
  { flagged, held }: Pick<Findings, 'flagged' | 'held'>,
): Promise<void> {
  if (flagged) await holdPaused(db);
  if (flagged || held) await releaseResumed(db);
  if (flagged) await hastenStopped(db);
}

async function holdPaused(db: Kysely<Database>): Promise<void> {
  await sql`
    update tasks set held = true where id = any (array(
      select id from tasks
      where job_id = any (array(
          select id from jobs where finished_at is null and paused_at is not null
            and cancel_requested_at is null and fenced_at is null))
        and not held and sent_at is null and subject_id is null
      limit ${ROWS_AT_ONCE} for update skip locked))`.execute(db);
}

async function releaseResumed(db: Kysely<Database>): Promise<void> {
  await sql`
    update tasks set held = false where id = any (array(
      select tasks.id from tasks join jobs on jobs.id = tasks.job_id
      where tasks.held and (jobs.paused_at is null or jobs.cancel_requested_at is not null
        or jobs.fenced_at is not null)
      limit ${ROWS_AT_ONCE} for update of tasks skip locked))`.execute(db);
}

async function hastenStopped(db: Kysely<Database>): Promise<void> {
  await sql`
    update tasks set due_at = now(), gate = null where id = any (array(
      select id from tasks
      where job_id = any (array(
          select id from jobs where finished_at is null
            and (cancel_requested_at is not null or fenced_at is not null)))
        and sent_at is null and (due_at > now() or gate is not null) and subject_id is null
      limit ${ROWS_AT_ONCE} for update skip locked))`.execute(db);
}
