import { PublicError } from '@usher/contracts';
import type { Database, Task } from '@usher/db';
import { changeGroup, createGroup } from '@usher/directory';
import type { JobHead, TargetResult, Verdict } from '@usher/jobs';
import type { Transaction } from 'kysely';
import { billingInputOf } from './input.ts';

/** What a success is called, by its code. */
export const MESSAGES: Record<string, string> = {
  provisioned: 'Billing entity provisioned',
  already_provisioned: 'The group has a billing entity already',
};

/**
 * The group's own part, once its entity exists: the flag and whatever else the request changes, all
 * together, checked again. Where that is refused now, the target failed, and the entity stays.
 */
export async function concludeGroup(
  trx: Transaction<Database>,
  task: Task,
  job: JobHead,
  verdict: Exclude<Verdict, { kind: 'retryAt' }>,
): Promise<TargetResult> {
  const target = { position: task.positions[0] as number, targetId: task.target_ids[0] as string };
  if (verdict.kind === 'giveUp') {
    const { code, message } = verdict;
    return { ...target, status: 'failed', code, message, retryable: code !== 'not_found' };
  }
  const { change, create } = billingInputOf(job);
  const by = { apiKeyId: job.api_key_id, requestId: job.request_id };
  try {
    if (create) {
      const wanted = { ...create, id: target.targetId, billingEnabled: true };
      await createGroup(trx, job.org_id, wanted, by);
    } else {
      const wanted = { ...change, billingEnabled: true };
      await changeGroup(trx, job.org_id, target.targetId, wanted, by);
    }
  } catch (error) {
    if (!(error instanceof PublicError)) throw error;
    return refused(target, error);
  }
  const message = MESSAGES[verdict.note] ?? verdict.note;
  return { ...target, status: 'succeeded', code: verdict.note, message };
}

function refused(target: { position: number; targetId: string }, error: PublicError): TargetResult {
  const { existing, details } = error;
  const message = details ? details.map((each) => each.message).join('; ') : error.message;
  return {
    ...target,
    status: 'failed',
    code: error.code === 'external_id_in_use' ? error.code : 'not_found',
    message,
    retryable: true,
    // Whoever waits for the answer is told what is in the way.
    detail: {
      refusal: error.code,
      ...(existing && { existing_id: existing.id, existing_name: existing.name }),
    },
  };
}
