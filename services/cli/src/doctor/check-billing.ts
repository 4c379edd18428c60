import { randomUUID } from 'node:crypto';
import { createBillingProvider } from '@usher/billing';
import { ok, problem, reasonOf, warning, type Check } from './check.ts';
import type { Settings } from './read-settings.ts';

const TIMEOUT_MS = 10_000;

/** Whether the billing provider takes our key: by looking for an entity that there is not. */
export async function checkBilling({ billing }: Settings): Promise<Check[]> {
  if (billing === undefined) return [];
  if (billing === null) return [ok('billing', 'there is no provider')];
  const { provider } = billing;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const looked = await createBillingProvider(billing).find(randomUUID(), new Date(), signal);
    switch (looked.kind) {
      case 'ok':
        return [ok('billing', `${provider} answers, and takes our key`)];
      case 'rejected': {
        const found = `${provider} refuses (${looked.status}: ${looked.reason})`;
        return [problem('billing', found, 'Mend its key: it must read and write customers')];
      }
      case 'unavailable':
      case 'unanswered': {
        const found = `${provider} does not answer (${looked.reason})`;
        return [warning('billing', found, 'Wait, or mend its address; provisionings wait too')];
      }
    }
  } catch (error) {
    const found = `${provider} cannot be asked (${reasonOf(error)})`;
    return [problem('billing', found, 'Mend its variables')];
  }
}
