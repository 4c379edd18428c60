import { newId, type Job, type Task } from '@usher/db';
import { createApiKey, findGroup } from '@usher/directory';
import { listAuditLog } from '@usher/events';
import { submitJob } from '@usher/jobs';
import { expect, test } from 'vitest';
import { jobKinds } from '../registry.ts';
import { KIND_OPTIONS, useKinds } from '../testing/use-kinds.ts';
import { concludeGroup } from './conclude.ts';
import type { BillingInput } from './input.ts';

const use = useKinds();

/** A job for one group, asked for with a key, and what its worker concludes of it. */
async function concluded(groupId: string, input: Partial<BillingInput>) {
  const { id: apiKeyId } = await createApiKey(use.db, { orgId: use.orgId });
  const requestId = newId();
  const { jobId } = await submitJob(use.engine(), {
    orgId: use.orgId,
    apiKeyId,
    kind: jobKinds(KIND_OPTIONS)['billing-provisioning'],
    input: { notify_email: null, change: null, create: null, ...input } satisfies BillingInput,
    targetIds: [groupId],
    requestId,
  });
  const job: Job = await use.db
    .selectFrom('jobs')
    .selectAll()
    .where('id', '=', jobId)
    .executeTakeFirstOrThrow();
  const task: Task = await use.db
    .selectFrom('tasks')
    .selectAll()
    .where('job_id', '=', jobId)
    .executeTakeFirstOrThrow();
  const verdict = { kind: 'done', note: 'provisioned' } as const;
  const result = await use.db
    .transaction()
    .execute((trx) => concludeGroup(trx, task, job, verdict));
  const { entries } = await listAuditLog(use.db, use.orgId, { limit: 50, resource_id: groupId });
  return { result, entries, by: { api_key_id: apiKeyId, request_id: requestId } };
}

test('a group that a worker changes is written down under the key and request of the job', async () => {
  const groupId = use.groupIds[0]!;
  const change = { name: 'Renamed' };
  const { result, entries, by } = await concluded(groupId, { change });
  expect(result.status).toBe('succeeded');
  expect(entries[0]).toMatchObject({
    ...by,
    action: 'group.update',
    before: { name: 'Everyone', billing_enabled: false },
    after: { name: 'Renamed', billing_enabled: true },
  });
  const again = await concluded(groupId, { change });
  expect(again.entries).toHaveLength(entries.length);
});

test('so is one that a worker makes', async () => {
  const groupId = newId();
  const websiteIds = use.websiteIds.slice(0, 1);
  const create = { name: 'Made', websiteIds, externalId: null };
  const { entries, by } = await concluded(groupId, { create });
  expect(entries).toMatchObject([
    {
      ...by,
      action: 'group.create',
      before: null,
      after: { name: 'Made', billing_enabled: true, website_ids: websiteIds },
    },
  ]);
  expect(await findGroup(use.db, use.orgId, groupId)).toMatchObject({ name: 'Made' });
});
