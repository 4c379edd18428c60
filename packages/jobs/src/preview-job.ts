import { PublicError } from '@usher/contracts';
import { newId, type Database } from '@usher/db';
import { sql, type Kysely, type Transaction } from 'kysely';
import { cutOf, insertJob } from './insert-job.ts';
import type { Batch, JobHead, KindOfJob, Target, TargetResult } from './kind.ts';
import type { PreviewTurns } from './preview-turns.ts';
import type { Submission } from './submit-job.ts';

/** Whoever really does something must not wait for a preview that waits itself. */
const LOCK_TIMEOUT = '500ms';
const TRY_AGAIN_S = 5;
/** It locks what others may need, and nobody gains by its haste. */
const TARGETS_PER_PIECE = 200;

/** Takes back everything that a piece of a preview has done. */
class Previewed extends Error {
  override name = 'Previewed';
  readonly job: JobHead;
  readonly results: TargetResult[];
  constructor(job: JobHead, results: TargetResult[]) {
    super('a preview is never committed');
    this.job = job;
    this.results = results;
  }
}

export interface Preview {
  /** As it would have been made. */
  job: JobHead;
  /** In request order. */
  results: TargetResult[];
}

type Wanted = Pick<Submission, 'orgId' | 'apiKeyId' | 'kind' | 'input' | 'targetIds'>;

/**
 * The outcome that each target of a job would get now. A kind whose effect is in our own database does
 * it all, and takes it back: the answer is what would happen, not what we think would. Nothing stays,
 * and nobody is told. It goes in pieces, smaller than the tasks of such a job, each in a transaction of
 * its own that locks what the task would, no longer, and gives up where it had to wait.
 * @param signal aborts between two pieces.
 * @throws {PublicError} `unavailable` when aborted, and while the organization has another one.
 */
export function previewJob(
  { db, previews }: { db: Kysely<Database>; previews: PreviewTurns },
  wanted: Wanted,
  signal?: AbortSignal,
): Promise<Preview> {
  const targets = wanted.targetIds.map((targetId, position) => ({ position, targetId }));
  return previews.enter(wanted.orgId, async () => {
    const piece = (first: number) =>
      previews.take(() => {
        if (signal?.aborted) throw tooLate();
        return previewPiece(db, wanted, targets.slice(first, first + TARGETS_PER_PIECE));
      });
    const { job, results } = await piece(0);
    for (let at = TARGETS_PER_PIECE; at < targets.length; at += TARGETS_PER_PIECE) {
      results.push(...(await piece(at)).results);
    }
    return { job: { ...job, total: targets.length, remaining: targets.length }, results };
  });
}

async function previewPiece(
  db: Kysely<Database>,
  { orgId, apiKeyId, kind, input }: Wanted,
  targets: Target[],
): Promise<Preview> {
  const draft = {
    id: newId(),
    orgId,
    apiKeyId,
    kind: kind.name,
    input,
    targetIds: targets.map(({ targetId }) => targetId),
    requestId: null,
    failureLimit: null,
    startAt: null,
    acknowledged: true,
    // Its tasks are never run: one is enough.
    cut: { ...cutOf(kind, input, targets.length, null), targetsPerTask: TARGETS_PER_PIECE },
  };
  try {
    return await db.transaction().execute(async (trx) => {
      await sql`set local lock_timeout = ${sql.lit(LOCK_TIMEOUT)}`.execute(trx);
      const job = await insertJob(trx, draft);
      if (kind.ownsRows(input)) await kind.accept(trx, [job]);
      throw new Previewed(job, await resultsOf(kind, trx, { job, targets }));
    });
  } catch (error) {
    if (!(error instanceof Previewed)) throw error;
    const results = error.results.toSorted((a, b) => a.position - b.position);
    return { job: error.job, results };
  }
}

const resultsOf = (kind: KindOfJob, trx: Transaction<Database>, batch: Batch) =>
  kind.effect === 'database' ? kind.run(trx, batch) : kind.preview(trx, batch);

const tooLate = () =>
  new PublicError('unavailable', 'The preview takes too long now; try again with fewer targets', {
    retryAfterSeconds: TRY_AGAIN_S,
  });
