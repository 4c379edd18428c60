import type { Database } from '@usher/db';
import type { Batch, TargetResult } from '@usher/jobs';
import { sql, type Transaction } from 'kysely';
import { MESSAGES } from './conclude.ts';
import { billingInputOf } from './input.ts';
import { verdicts } from './verdicts.ts';

interface Row {
  id: string;
  provisioned: boolean;
  /** With whom its entity was begun, or is; null: with nobody yet. */
  provider: string | null;
}

/**
 * What each group would come to, as far as our own tables tell: the provider may still refuse.
 * @param ours the provider's name, by which `beginAttempt` will judge.
 */
export async function previewGroups(
  trx: Transaction<Database>,
  { job, targets }: Batch,
  ours: string | undefined,
): Promise<TargetResult[]> {
  const ids = targets.map(({ targetId }) => targetId);
  const { rows } = await sql<Row>`
    select groups.id, coalesce(entity.state = 'provisioned', false) as provisioned,
      case when entity.first_attempt_at is not null then entity.provider end as provider
    from groups left join billing_entities as entity on entity.group_id = groups.id
    where groups.org_id = ${job.org_id} and groups.id = any (${ids}::uuid[])`.execute(trx);
  const found = new Map(rows.map((row) => [row.id, row]));
  const { create } = billingInputOf(job);
  return targets.map((target) => {
    const { targetId: id } = target;
    const group = create ? { id, provisioned: false, provider: null } : found.get(id);
    const refusal = refusalOf(group, ours);
    if (refusal) {
      const { code, message } = refusal;
      return { ...target, status: 'failed', code, message, retryable: code !== 'not_found' };
    }
    const code = group?.provisioned ? 'already_provisioned' : 'provisioned';
    return { ...target, status: 'succeeded', code, message: MESSAGES[code] as string };
  });
}

function refusalOf(group: Row | undefined, ours: string | undefined) {
  if (ours === undefined) return verdicts.notConfigured;
  if (!group) return verdicts.notFound;
  const theirs = group.provider ?? ours;
  return theirs === ours ? undefined : verdicts.elsewhere(theirs, ours);
}
