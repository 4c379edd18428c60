import { confirmEntity } from '../confirm-entity.ts';
import { checkKey } from '../http/check-options.ts';
import { createAsk } from '../http/create-ask.ts';
import type { BillingProvider } from '../provider.ts';
import { createClientFor } from './client-for.ts';
import { livingCustomer } from './customer.ts';
import { explainRefusal } from './explain-refusal.ts';
import { readPages } from './read-pages.ts';

export interface StripeOptions {
  apiKey: string;
  /** Where the API is, without a path: https://api.stripe.com by default. */
  apiBase?: string;
  /** For each request, in milliseconds: 8000 by default, below 10000. */
  timeoutMs?: number;
}

const TEN_MINUTES_MS = 600_000;

/**
 * Groups as customers of Stripe, found again by `metadata.usher_group_id`.
 * @throws an Error that names the option that cannot work.
 */
export function createStripeProvider(options: StripeOptions): BillingProvider {
  const { apiKey, apiBase, timeoutMs = 8_000 } = options;
  checkKey('apiKey', apiKey);
  const ask = createAsk({ timeoutMs, secret: apiKey, explain: explainRefusal });
  const clientFor = createClientFor(apiKey, apiBase);

  return {
    name: 'stripe',

    async find(groupId, since, signal) {
      // Stripe's clock dates the customers, ours the attempt.
      const gte = Math.floor((since.getTime() - TEN_MINUTES_MS) / 1_000);
      for await (const page of readPages(ask, clientFor, { since: gte, maxPages: 200 }, signal)) {
        if (page.kind !== 'ok') return page;
        const found = page.value.entities.find((entity) => entity.groupId === groupId);
        if (found) return { kind: 'ok', value: found };
      }
      return { kind: 'ok', value: null };
    },

    async create({ groupId, orgId, key }, signal) {
      const metadata = { usher_group_id: groupId, usher_org_id: orgId };
      const made = await ask({
        signal,
        send: (fetch) =>
          clientFor(fetch).customers.create({ metadata }, { idempotencyKey: `usher-${key}` }),
        read: livingCustomer,
      });
      return confirmEntity(made, { groupId });
    },

    async rename({ id }, name, signal) {
      const answer = await ask({
        signal,
        send: (fetch) => clientFor(fetch).customers.update(id, { name }),
        read: livingCustomer,
      });
      const renamed = confirmEntity(answer, { id });
      return renamed.kind === 'ok' ? { kind: 'ok', value: null } : renamed;
    },

    async *list(signal) {
      for await (const page of readPages(ask, clientFor, { maxPages: 20_000 }, signal)) {
        if (page.kind !== 'ok')
          throw new Error(`Stripe's customers cannot be read: ${page.reason}`);
        yield page.value.entities.filter((entity) => entity.groupId !== null);
      }
    },
  };
}
