import { newId, type Database } from '@usher/db';
import { PublicError } from '@usher/contracts';
import { audit, NO_KEY, type Actor } from '@usher/events';
import { sql, type Transaction } from 'kysely';
import { cutOf } from '../insert-job.ts';
import { insertTasks } from '../insert-tasks.ts';
import type { JobHead, KindOfJob } from '../kind.ts';
import { requireJobHead, type Viewer } from '../reading/read-jobs.ts';

export interface Redrive {
  /** Only targets that ended with one of these; `canceled` ones only where it is named. */
  codes?: readonly string[] | undefined;
  resendEmail?: boolean | undefined;
  by?: Actor;
}

/**
 * Try failed targets again, as a new round of the same job: each position by its latest outcome over
 * all rounds, so that no success is repeated. Where nothing is to be tried, the job stays as it is,
 * and only an email that was asked for again is decided on: one that is still to go out goes out once.
 * @returns the lanes with something new in them.
 * @throws {PublicError} `not_found`; `state_conflict` for a job that has not finished, whose email is
 * being handed over, or whose client was told that nothing changed.
 */
export async function redriveJob(
  trx: Transaction<Database>,
  kinds: Readonly<Record<string, KindOfJob>>,
  {
    viewer,
    jobId,
    codes,
    resendEmail = false,
    by = NO_KEY,
  }: Redrive & { viewer: Viewer; jobId: string },
): Promise<string[]> {
  const job = await requireJobHead(trx, viewer, jobId);
  const kind = kinds[job.kind];
  if (!kind) throw new Error(`no kind named ${job.kind}`);
  if (job.finished_at === null) throw conflict('The job has not finished');
  const entry = { orgId: job.org_id, by, action: 'job.redrive', resourceId: jobId } as const;
  const acknowledged = await holdRound(trx, job);
  const targets = await readFailed(trx, jobId, codes);
  const again = { ...job, resend_email: resendEmail };
  if (targets.length === 0) {
    if (!resendEmail || !kind.ownsRows(job.input)) return [];
    await kind.reopen(trx, again, 0);
    const drafts = await kind.follow(trx, [again]);
    await insertTasks(trx, drafts);
    if (drafts.length > 0) {
      await audit(trx, { ...entry, before: null, after: { targets: 0, resend_email: true } });
    }
    return drafts.map(({ lane }) => lane);
  }
  // Whoever waited for it was told that nothing has changed, nor will.
  if (!acknowledged) throw conflict('The request of this job was refused: repeat that');
  if (kind.ownsRows(job.input)) await kind.reopen(trx, again, targets.length);
  const failed = targets.filter(({ status }) => status === 'failed').length;
  await sql`
    update jobs set round = round + 1, remaining = ${targets.length}, failed = failed - ${failed},
      canceled = canceled - ${targets.length - failed}, finished_at = null,
      failed_before = failed - ${failed}, cancel_requested_at = null, paused_at = null,
      resend_email = ${resendEmail}
    where id = ${jobId}`.execute(trx);
  const { lane, gate, targetsPerTask, weight } = cutOf(
    kind,
    job.input,
    targets.length,
    job.failure_limit,
  );
  const tasks = [];
  for (let at = 0; at < targets.length; at += targetsPerTask) {
    const piece = targets.slice(at, at + targetsPerTask);
    tasks.push({
      id: newId(),
      org_id: job.org_id,
      job_id: jobId,
      kind: job.kind,
      round: job.round + 1,
      lane,
      gate,
      cost: weight && weight * piece.length,
      due_at: sql<Date>`greatest(now(), ${job.start_at}::timestamptz)`,
      positions: piece.map(({ position }) => position),
      target_ids: piece.map(({ targetId }) => targetId),
    });
  }
  await insertTasks(trx, tasks);
  await audit(trx, {
    ...entry,
    before: {
      round: job.round,
      finished_at: job.finished_at,
      cancel_requested_at: job.cancel_requested_at,
      paused_at: job.paused_at,
    },
    after: { round: job.round + 1, targets: targets.length, codes, resend_email: resendEmail },
  });
  return [lane];
}

/**
 * Nobody begins another round until this is over. It is the first lock, not the last: of a finished job
 * nothing is recorded, and only its email's task is locked by others.
 * @returns whether its client was promised it, or told of its end.
 */
async function holdRound(trx: Transaction<Database>, { id, round }: JobHead): Promise<boolean> {
  const { rows } = await sql<{ acknowledged: boolean }>`
    select acknowledged from jobs where id = ${id} and round = ${round} and finished_at is not null
    for no key update`.execute(trx);
  if (!rows[0]) throw conflict('The job has just begun another round');
  return rows[0].acknowledged;
}

interface Failed {
  position: number;
  targetId: string;
  status: 'failed' | 'canceled';
}

/** What a job's positions came to at last, of those that did not succeed. */
async function readFailed(
  trx: Transaction<Database>,
  jobId: string,
  codes: readonly string[] | undefined,
): Promise<Failed[]> {
  const { rows } = await sql<Failed>`
    select position, target_id as "targetId", status from (
      select distinct on (position) position, target_id, status, code from outcomes
      where job_id = ${jobId} order by position, round desc) as latest
    where case when ${codes === undefined}::bool then status = 'failed'
      else status <> 'succeeded' and code = any (${[...(codes ?? [])]}::text[]) end
    order by position`.execute(trx);
  return rows;
}

const conflict = (message: string) => new PublicError('state_conflict', message);
