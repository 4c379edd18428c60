import { setTimeout as delay } from 'node:timers/promises';
import { classifyFailure, newId, violatedConstraint } from '@usher/db';
import { PublicError } from '@usher/contracts';
import type { Database } from '@usher/db';
import type { Transaction } from 'kysely';
import type { Engine } from './engine.ts';
import { claimKey, type IdempotencyClaim } from './idempotency.ts';
import { insertJob, insertJobs, cutOf, type JobDraft } from './insert-job.ts';
import type { JobHead, KindOfJob } from './kind.ts';

export interface Submission {
  orgId: string;
  apiKeyId: string | null;
  kind: KindOfJob;
  /** What the kind needs to know beside the targets; stored as JSON. */
  input: object;
  /** Each target once, in the order of the request. */
  targetIds: string[];
  startAt?: Date | undefined;
  /** The failed targets at which the job cancels itself. */
  failureLimit?: number | undefined;
  requestId?: string | undefined;
  /** Rows that are committed with the job, made after it. May run again for a commit of unknown fate. */
  accompany?: ((trx: Transaction<Database>, jobId: string) => Promise<void>) | undefined;
  /** What the audit log says of these rows. */
  audited?: object | undefined;
  /** Whether its client may be told later that nothing of it took effect; see `fenceJob`. */
  fenceable?: boolean;
  /** Nobody outside will be asked: its tasks need not wait for their gate. */
  pastGates?: boolean;
  idempotency?: IdempotencyClaim | undefined;
}

export interface Submitted {
  jobId: string;
  /** The key had been used: this is the job that it made. */
  replayed: boolean;
  /** As it was just made; absent where it may have moved on since. */
  job?: JobHead;
}

type SubmitEngine = Pick<Engine, 'db' | 'wake' | 'logger' | 'companions'>;
const TRIES = 3;

/**
 * Commit a job, its tasks and its idempotency record in one transaction. When this resolves, the job
 * survives anything; the queue has not been asked.
 * @throws {PublicError} `idempotency_key_reused`, or `unavailable` where nothing can be promised.
 */
export async function submitJob(engine: SubmitEngine, submission: Submission): Promise<Submitted> {
  const jobId = newId();
  const wake = () => engine.wake.notify(cutOfSubmission(submission).lane);
  for (let tries = 1; ; tries += 1) {
    try {
      const submitted = await commit(engine, jobId, submission);
      wake();
      return submitted;
    } catch (error) {
      // An earlier try of ours was committed while this one waited for it.
      const committed = violatedConstraint(error) === 'jobs_pkey';
      if (!committed && classifyFailure(error) !== 'again') throw error;
      engine.logger.warn({ error, job_id: jobId }, 'the fate of a submission is unknown: looking');
      if (committed || (await exists(engine, jobId))) {
        wake();
        return { jobId, replayed: false };
      }
      if (tries === TRIES) throw unavailable();
    }
  }
}

const cutOfSubmission = ({ kind, input, targetIds, failureLimit }: Submission) =>
  cutOf(kind, input, targetIds.length, failureLimit ?? null);

/** One transaction; of one statement, where nothing but the job and its tasks is to be written. */
async function commit(
  engine: SubmitEngine,
  jobId: string,
  submission: Submission,
): Promise<Submitted> {
  const { orgId, kind, idempotency, input, accompany } = submission;
  const draft = {
    id: jobId,
    orgId,
    apiKeyId: submission.apiKeyId,
    kind: kind.name,
    input,
    targetIds: submission.targetIds,
    requestId: submission.requestId ?? null,
    failureLimit: submission.failureLimit ?? null,
    startAt: submission.startAt ?? null,
    audited: submission.audited,
    acknowledged: !submission.fenceable,
    cut: {
      ...cutOfSubmission(submission),
      ...(submission.pastGates && { gate: null }),
    },
  };
  if (!idempotency && !accompany) {
    return { jobId, replayed: false, job: await insertTogether(engine, kind, draft) };
  }
  return engine.db.transaction().execute(async (trx) => {
    const earlier = idempotency && (await claimKey(trx, { ...idempotency, orgId, jobId }));
    // Our own id: an earlier try of ours was committed after all.
    if (earlier) return { jobId: earlier, replayed: earlier !== jobId };
    const job = await insertJob(trx, draft);
    if (kind.ownsRows(input)) await kind.accept(trx, [job]);
    await accompany?.(trx, jobId);
    return { jobId, replayed: false, job };
  });
}

/** Small jobs that are submitted at once share a commit; none suffers for another. */
async function insertTogether(
  { db, companions }: SubmitEngine,
  kind: KindOfJob,
  draft: JobDraft,
): Promise<JobHead> {
  const ownsRows = kind.ownsRows(draft.input);
  const insert = (drafts: readonly JobDraft[]): Promise<JobHead[]> =>
    ownsRows
      ? db.transaction().execute(async (trx) => {
          const jobs = await insertJobs(trx, drafts);
          await kind.accept(trx, jobs);
          return jobs;
        })
      : insertJobs(db, drafts);
  const alone = async () => (await insert([draft]))[0] as JobHead;
  if (draft.cut.lane !== 'interactive') return alone();
  try {
    const place = {
      class: ownsRows ? `submission ${kind.name}` : 'submission',
      subject: draft.id,
      // A statement waits for nobody; a transaction may, for who has the same invite.
      oneAtATime: !ownsRows,
      most: 32,
    };
    return await companions.join(place, draft, insert);
  } catch (error) {
    if (classifyFailure(error) !== 'counted') throw error;
    return alone();
  }
}

/** Whether the job was committed after all. @throws {PublicError} when nobody can say. */
async function exists(engine: SubmitEngine, jobId: string): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      const row = await engine.db
        .selectFrom('jobs')
        .select('id')
        .where('id', '=', jobId)
        .executeTakeFirst();
      return row !== undefined;
    } catch (error) {
      if (classifyFailure(error) !== 'again') throw error;
      if (tries === TRIES) throw unavailable();
      await delay(100 * 2 ** tries);
    }
  }
}

const unavailable = () =>
  new PublicError(
    'unavailable',
    'The database cannot be reached. The job may or may not exist: repeat the request with the same Idempotency-Key.',
    { retryAfterSeconds: 2 },
  );
