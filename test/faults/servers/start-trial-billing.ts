import { randomBytes } from 'node:crypto';
import {
  startFakeBilling,
  type FakeBilling,
} from '../../support/fake-billing/start-fake-billing.ts';
import type { LoadTenant } from '../load/drive-load.ts';
import { resolveRef } from '../load/resolve-ref.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * The plan's billing provider. It refuses some groups for good, and quotes its key as it does: nothing
 * of that may be seen anywhere.
 */
export async function startTrialBilling(
  { seed, upstream }: Pick<Plan, 'seed' | 'upstream'>,
  tenants: readonly [LoadTenant, LoadTenant],
): Promise<FakeBilling> {
  const { chances, slowMs, retryAfterSeconds, unbillable } = upstream;
  const apiKey = `sk_test_${randomBytes(16).toString('hex')}`;
  const billing = await startFakeBilling({ apiKey, chances, seed, slowMs, retryAfterSeconds });
  for (const ref of unbillable) {
    const groupId = resolveRef(ref, { organization: 0, of: 'group' }, tenants);
    billing.reject(groupId, 402, `No card for this group with the key ${apiKey}`);
  }
  return billing;
}

/** What a process is told of it. */
export const billingEnvironment = (billing: FakeBilling, { upstream }: Pick<Plan, 'upstream'>) => ({
  BILLING_PROVIDER: 'stripe',
  STRIPE_API_KEY: billing.apiKey,
  STRIPE_API_BASE: billing.stripeBase,
  BILLING_CONCURRENCY: String(upstream.concurrency),
});
