import { createApiKey, createOrganization, createWebsites } from '@usher/directory';
import { startFakeBilling } from '../support/fake-billing/start-fake-billing.ts';
import { startSystem, type System } from '../support/system.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { Pools } from './pools.ts';
import type { Target } from './send.ts';

export interface Stage {
  target: Target;
  system: System;
  receiver: WebhookReceiver;
  close(): Promise<void>;
}

/** A whole Usher with billing and somewhere to send webhooks, and a partner with keys of every sort. */
export async function startStage(): Promise<Stage> {
  const billing = await startFakeBilling();
  const receiver = await startWebhookReceiver();
  const system = await startSystem({
    websites: 5,
    environment: {
      BILLING_PROVIDER: 'stripe',
      STRIPE_API_KEY: billing.apiKey,
      STRIPE_API_BASE: billing.stripeBase,
      RETRY_BASE_MS: '20',
      WEBHOOK_ALLOW_PRIVATE: 'true',
    },
  });
  const { db } = system;
  const { id: orgId } = await createOrganization(db, { name: 'Globex', partner: true });
  const urls = Array.from({ length: 8 }, (_, number) => ({ url: `site-${number}.example` }));
  const websiteIds = (await createWebsites(db, orgId, urls)).map(({ id }) => id);
  const keyOf = async (more: { websiteIds?: string[]; readOnly?: boolean }) =>
    (await createApiKey(db, { orgId, ...more })).key;
  const pools = new Pools();
  for (const prefix of ['athena', 'native']) pools.add(`${prefix}:website`, ...websiteIds);
  pools.add('native:url', `${receiver.url}/hooks`);
  pools.add('native:callback_url', `${receiver.url}/callback`);
  const [api] = system.apis;
  if (!api) throw new Error('there is no API');
  return {
    system,
    receiver,
    target: {
      url: api.url,
      pools,
      keys: {
        global: await keyOf({}),
        scoped: await keyOf({ websiteIds: websiteIds.slice(0, 3) }),
        reader: await keyOf({ readOnly: true }),
      },
    },
    async close() {
      await system.close();
      await receiver.close();
      await billing.close();
    },
  };
}
