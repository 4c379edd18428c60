import type { RegisteredEndpoint } from '../checker/evidence.ts';
import { askUntilAnswered } from '../load/careful-client.ts';
import type { LoadTenant } from '../load/drive-load.ts';
import type { Plan } from '../plan/plan.ts';

const PATIENCE_MS = 30_000;

/**
 * Register the plan's endpoints, as their owners would, before anything goes wrong.
 * @throws when one is refused.
 */
export async function registerEndpoints(
  { webhooks }: Pick<Plan, 'webhooks'>,
  tenants: readonly [LoadTenant, LoadTenant],
  apiUrls: readonly string[],
  urlOf: (index: number) => string,
): Promise<RegisteredEndpoint[]> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const registered: RegisteredEndpoint[] = [];
  for (const [index, { organization, eventTypes, inOrder }] of webhooks.endpoints.entries()) {
    const { id: orgId, key } = tenants[organization];
    const call = {
      method: 'POST',
      path: '/api/v1/webhook-endpoints',
      headers: { 'x-api-key': key },
      body: {
        url: urlOf(index),
        in_order: inOrder,
        ...(eventTypes && { event_types: eventTypes }),
      },
    } as const;
    const reply = await askUntilAnswered(apiUrls, call, { signal, once: true, onReply: () => {} });
    const { id, url, secret, event_types } = (reply?.body ?? {}) as Partial<Answer>;
    if (reply?.status !== 201 || !id || !url || !secret || !event_types) {
      throw new Error(`an endpoint was not registered: ${reply?.status}`);
    }
    registered.push({ id, orgId, url, secret, eventTypes: event_types, inOrder });
  }
  return registered;
}

interface Answer {
  id: string;
  url: string;
  secret: string;
  event_types: string[];
}
