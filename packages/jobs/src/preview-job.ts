import { newId, type Database } from '@usher/db';
import type { Kysely, Transaction } from 'kysely';
import { cutOf, insertJob } from './insert-job.ts';
import type { JobHead, KindOfJob, Target, TargetResult } from './kind.ts';
import type { Submission } from './submit-job.ts';

/** Takes back everything that a preview has done. */
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

/**
 * The outcome that each target of a job would get now. A kind whose effect is in our own database does
 * it all, and takes it back: the answer is what would happen, not what we think would. Nothing stays,
 * and nobody is told; rows are locked for as long as it takes.
 */
export async function previewJob(
  db: Kysely<Database>,
  {
    kind,
    orgId,
    apiKeyId,
    input,
    targetIds,
  }: Pick<Submission, 'orgId' | 'apiKeyId' | 'kind' | 'input' | 'targetIds'>,
): Promise<Preview> {
  const draft = {
    id: newId(),
    orgId,
    apiKeyId,
    kind: kind.name,
    input,
    targetIds,
    requestId: null,
    failureLimit: null,
    startAt: null,
    acknowledged: true,
    // Its tasks are never run: one is enough.
    cut: { ...cutOf(kind, targetIds.length), targetsPerTask: Math.max(1, targetIds.length) },
  };
  try {
    return await db.transaction().execute(async (trx) => {
      const job = await insertJob(trx, draft);
      if (kind.ownsRows(input)) await kind.accept(trx, job);
      const targets = targetIds.map((targetId, position) => ({ position, targetId }));
      throw new Previewed(job, await resultsOf(kind, trx, job, targets));
    });
  } catch (error) {
    if (!(error instanceof Previewed)) throw error;
    const results = error.results.toSorted((a, b) => a.position - b.position);
    return { job: error.job, results };
  }
}

const resultsOf = (kind: KindOfJob, trx: Transaction<Database>, job: JobHead, targets: Target[]) =>
  kind.effect === 'database'
    ? kind.run(trx, { job, targets })
    : kind.preview(trx, { job, targets });
