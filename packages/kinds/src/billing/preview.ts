import type { Database } from '@usher/db';
import type { Batch, TargetResult } from '@usher/jobs';
import { sql, type Transaction } from 'kysely';
import { MESSAGES } from './conclude.ts';
import { billingInputOf } from './input.ts';

/** What each group would come to, as far as our own tables tell: the provider may still refuse. */
export async function previewGroups(
  trx: Transaction<Database>,
  { job, targets }: Batch,
): Promise<TargetResult[]> {
  const ids = targets.map(({ targetId }) => targetId);
  const { rows } = await sql<{ id: string; provisioned: boolean }>`
    select groups.id, coalesce(entity.state = 'provisioned', false) as provisioned
    from groups left join billing_entities as entity on entity.group_id = groups.id
    where groups.org_id = ${job.org_id} and groups.id = any (${ids}::uuid[])`.execute(trx);
  const provisioned = new Map(rows.map((row) => [row.id, row.provisioned]));
  const { create } = billingInputOf(job);
  return targets.map((target) => {
    const known = create ? false : provisioned.get(target.targetId);
    if (known === undefined) {
      return { ...target, status: 'failed', code: 'not_found', message: 'Group not found' };
    }
    const code = known ? 'already_provisioned' : 'provisioned';
    return { ...target, status: 'succeeded', code, message: MESSAGES[code] as string };
  });
}
