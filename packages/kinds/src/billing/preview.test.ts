import { newId } from '@usher/db';
import { createGroup } from '@usher/directory';
import { createPreviewTurns, previewJob, submitJob } from '@usher/jobs';
import { expect, test } from 'vitest';
import { jobKinds } from '../registry.ts';
import { KIND_OPTIONS, outcomesOf, runJob, useKinds } from '../testing/use-kinds.ts';
import type { BillingInput } from './input.ts';
import type { BillingProvider } from './provider.ts';

const use = useKinds();

const OURS = 'ours';
const provider: BillingProvider = {
  name: OURS,
  find: async () => ({ kind: 'ok', value: null }),
  create: async ({ groupId, orgId }) => ({
    kind: 'ok',
    value: { id: `entity-${groupId}`, groupId, orgId, name: null },
  }),
  rename: async () => ({ kind: 'ok', value: null }),
  list: () => {
    throw new Error('nobody lists');
  },
};

/** A group whose entity is as given; null: it has none. */
async function aGroup(
  entity: { provider: string; state: 'intended' | 'provisioned'; begun: boolean } | null,
): Promise<string> {
  const websiteIds = use.websiteIds.slice(0, 1);
  const { id } = await createGroup(use.db, use.orgId, { name: 'Sales', websiteIds });
  if (!entity) return id;
  const provisioned = entity.state === 'provisioned';
  await use.db
    .insertInto('billing_entities')
    .values({
      group_id: id,
      org_id: use.orgId,
      provider: entity.provider,
      state: entity.state,
      first_attempt_at: entity.begun ? new Date() : null,
      upstream_id: provisioned ? `entity-${id}` : null,
      provisioned_at: provisioned ? new Date() : null,
    })
    .execute();
  return id;
}

test('a preview says of every group what its job then comes to, whoever its entity is with', async () => {
  const groupIds = [newId(), await aGroup(null)];
  for (const name of [OURS, 'theirs']) {
    for (const state of ['intended', 'provisioned'] as const) {
      for (const begun of [true, false]) {
        groupIds.push(await aGroup({ provider: name, state, begun }));
      }
    }
  }
  const input: BillingInput = { notify_email: null, change: null, create: null };
  const kind = jobKinds({ ...KIND_OPTIONS, billingName: OURS })['billing-provisioning'];
  const job = { orgId: use.orgId, apiKeyId: null, kind, input, targetIds: groupIds };
  const { results } = await previewJob({ db: use.db, previews: createPreviewTurns() }, job);
  expect(results.map(({ code }) => code)).toEqual([
    'not_found',
    'provisioned',
    'provisioned',
    'provisioned',
    'already_provisioned',
    'already_provisioned',
    'billing_not_configured',
    'provisioned',
    'billing_not_configured',
    'already_provisioned',
  ]);

  const { jobId } = await submitJob(use.engine(), job);
  await runJob(use, jobId, use.engine({ billing: provider }));
  expect(
    (await outcomesOf(use.db, jobId)).map(({ position, status, code, message, retryable }) => ({
      position,
      status,
      code,
      message,
      retryable,
    })),
  ).toEqual(
    results.map(({ position, status, code, message, retryable = false }) => ({
      position,
      status,
      code,
      message,
      retryable,
    })),
  );
});

test('without a provider nothing would be provisioned', async () => {
  const kind = jobKinds(KIND_OPTIONS)['billing-provisioning'];
  const input: BillingInput = { notify_email: null, change: null, create: null };
  const job = { orgId: use.orgId, apiKeyId: null, kind, input, targetIds: [await aGroup(null)] };
  const { results } = await previewJob({ db: use.db, previews: createPreviewTurns() }, job);
  expect(results).toMatchObject([{ status: 'failed', code: 'billing_not_configured' }]);
});
