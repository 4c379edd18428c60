import { onTestFinished } from 'vitest';
import {
  type FakeBillingOptions,
  startFakeBilling,
} from '../../../../test/support/fake-billing/start-fake-billing.ts';
import { createBillingProvider } from '../create-billing-provider.ts';

export const never = new AbortController().signal;

/** Some time before whatever a test makes. */
export const longAgo = new Date(Date.now() - 60_000);

export type ProviderName = 'stripe' | 'lago';

/** A fake upstream, closed when the running test ends, and a provider that uses it. */
export async function startProvider(
  name: ProviderName,
  { timeoutMs = 8_000, ...options }: FakeBillingOptions & { timeoutMs?: number } = {},
) {
  const fake = await startFakeBilling(options);
  onTestFinished(() => fake.close());
  return { fake, provider: providerOf(name, { ...fake, timeoutMs }) };
}

/** A provider of that name for an upstream at these addresses. */
export function providerOf(
  name: ProviderName,
  at: { stripeBase: string; lagoUrl: string; apiKey: string; timeoutMs?: number },
) {
  const { apiKey, timeoutMs } = at;
  return name === 'stripe'
    ? createBillingProvider({ provider: 'stripe', apiKey, apiBase: at.stripeBase, timeoutMs })
    : createBillingProvider({ provider: 'lago', apiKey, apiUrl: at.lagoUrl, timeoutMs });
}

/** Ids of a new group, and a key for it. */
export function newGroup() {
  const groupId = crypto.randomUUID();
  return { groupId, orgId: crypto.randomUUID(), key: `${groupId}-0` };
}

/** All that a list yields. */
export async function gather<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}
