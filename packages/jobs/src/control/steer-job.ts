import { PublicError } from '@usher/contracts';
import type { Database, Notifier } from '@usher/db';
import { audit, difference, NO_KEY, type Actor } from '@usher/events';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { SWEEP } from '../engine.ts';
import { jobState } from '../reading/job-state.ts';
import { requireJobHead, type Viewer } from '../reading/read-jobs.ts';
import type { JobHead } from '../kind.ts';

/** What steering needs; it only sets flags, which the dispatcher and the workers heed. */
export interface Steering {
  /** A transaction, too: then it is for the caller to wake once that is committed. */
  db: Kysely<Database>;
  wake: Pick<Notifier, 'notify'>;
}

/**
 * Targets that have not been begun end `canceled`; those that run, finish. Idempotent.
 * @throws {PublicError} `not_found`; `state_conflict` for a job that finished uncanceled.
 */
export async function cancelJob(
  { db, wake }: Steering,
  viewer: Viewer,
  jobId: string,
  by: Actor = NO_KEY,
): Promise<void> {
  const set = sql`cancel_requested_at = coalesce(cancel_requested_at, now())`;
  const doing = { viewer, jobId, by, action: 'job.cancel' } as const;
  const job = await flag(db, doing, set, sql`true`);
  if (!job)
    return refuse(
      await requireJobHead(db, viewer, jobId),
      (found) => found.cancel_requested_at !== null || jobState(found) === 'canceled',
    );
  // Its tasks are left to the sweep: whoever records them locks them before their job, which is held here.
  wake.notify(SWEEP);
}

/**
 * Nothing more of it is begun until it is resumed. Idempotent.
 * @throws {PublicError} `not_found`; `state_conflict` for a job that finished or is being canceled.
 */
export async function pauseJob(
  { db, wake }: Steering,
  viewer: Viewer,
  jobId: string,
  by: Actor = NO_KEY,
): Promise<void> {
  const set = sql`paused_at = coalesce(paused_at, now())`;
  const doing = { viewer, jobId, by, action: 'job.pause' } as const;
  const job = await flag(db, doing, set, sql`cancel_requested_at is null`);
  if (!job) return refuse(await requireJobHead(db, viewer, jobId), () => false);
  wake.notify(SWEEP);
}

/**
 * Go on with a paused job; one that runs already, runs. Idempotent.
 * @throws {PublicError} `not_found`; `state_conflict` for a job that finished or is being canceled.
 */
export async function resumeJob(
  { db, wake }: Steering,
  viewer: Viewer,
  jobId: string,
  by: Actor = NO_KEY,
): Promise<void> {
  const doing = { viewer, jobId, by, action: 'job.resume' } as const;
  const job = await flag(db, doing, sql`paused_at = null`, sql`cancel_requested_at is null`);
  if (!job) return refuse(await requireJobHead(db, viewer, jobId), () => false);
  wake.notify(SWEEP);
}

interface Doing {
  viewer: Viewer;
  jobId: string;
  by: Actor;
  action: 'job.cancel' | 'job.pause' | 'job.resume';
}

type Flags = Pick<JobHead, 'cancel_requested_at' | 'paused_at'>;

/** Sets a flag of a job that is unfinished, and writes down what that changed. False: it is not so. */
function flag(
  db: Kysely<Database>,
  { viewer, jobId, by, action }: Doing,
  set: RawBuilder<unknown>,
  where: RawBuilder<unknown>,
): Promise<boolean> {
  const flags = sql`cancel_requested_at, paused_at`;
  const work = async (trx: Kysely<Database>) => {
    const { rows: found } = await sql<Flags>`
      select ${flags} from jobs
      where id = ${jobId} and org_id = ${viewer.orgId} and finished_at is null
        and (${viewer.onlyKeyId}::uuid is null or api_key_id = ${viewer.onlyKeyId}::uuid)
        and ${where}
      for no key update`.execute(trx);
    const [before] = found;
    if (!before) return false;
    const { rows } = await sql<Flags>`
      update jobs set ${set} where id = ${jobId} returning ${flags}`.execute(trx);
    const looks = difference(before, rows[0] as Flags);
    if (Object.keys(looks.after).length > 0) {
      await audit(trx, { orgId: viewer.orgId, by, action, resourceId: jobId, ...looks });
    }
    return true;
  };
  return db.isTransaction ? work(db) : db.transaction().execute(work);
}

/** It was too late, unless what was asked for has happened already. */
function refuse(job: JobHead, happened: (job: JobHead) => boolean): void {
  if (happened(job)) return;
  throw new PublicError(
    'state_conflict',
    job.finished_at === null ? 'The job is being canceled' : 'The job has finished',
  );
}
