import { confirmEntity } from '../confirm-entity.ts';
import { checkKey } from '../http/check-options.ts';
import { createAsk } from '../http/create-ask.ts';
import { readPatiently } from '../http/read-patiently.ts';
import type { BillingProvider, Upstream, UpstreamEntity } from '../provider.ts';
import { createApiFor } from './api-for.ts';
import { customerAnswer, ORG_KEY } from './customer.ts';
import { explainRefusal } from './explain-refusal.ts';
import { readPages } from './read-pages.ts';

export interface LagoOptions {
  /** The address of a Lago, with or without its `/api/v1`. */
  apiUrl: string;
  apiKey: string;
  /** For each request, in milliseconds: 8000 by default, below 10000. */
  timeoutMs?: number;
}

/**
 * Groups as customers of Lago, whose `external_id` is the group's id: there can be one only.
 * @throws an Error that names the option that cannot work.
 */
export function createLagoProvider(options: LagoOptions): BillingProvider {
  const { apiUrl, apiKey, timeoutMs = 8_000 } = options;
  checkKey('apiKey', apiKey);
  const ask = createAsk({ timeoutMs, secret: apiKey, explain: explainRefusal });
  const apiFor = createApiFor(apiKey, apiUrl);

  async function find(
    groupId: string,
    signal: AbortSignal,
  ): Promise<Upstream<UpstreamEntity | null>> {
    const askForIt = () =>
      ask({
        signal,
        // The client puts it into the path as it is.
        send: async (fetch) =>
          (await apiFor(fetch).customers.findCustomer(encodeURIComponent(groupId))).data,
        read: customerAnswer,
      });
    const answer = await readPatiently(askForIt, signal);
    // Any other 404 comes from something that is not Lago's API, and says nothing about customers.
    const absent =
      answer.kind === 'rejected' && answer.status === 404 && answer.code?.endsWith('_not_found');
    return absent ? { kind: 'ok', value: null } : confirmEntity(answer, { groupId });
  }

  async function save(
    customer: { external_id: string; name?: string; metadata?: { key: string; value: string }[] },
    signal: AbortSignal,
  ): Promise<Upstream<UpstreamEntity>> {
    const answer = await ask({
      signal,
      send: async (fetch) => (await apiFor(fetch).customers.createCustomer({ customer })).data,
      read: customerAnswer,
    });
    return confirmEntity(answer, { groupId: customer.external_id });
  }

  return {
    name: 'lago',

    find: (groupId, _since, signal) => find(groupId, signal),

    async create({ groupId, orgId }, signal) {
      const metadata = [{ key: ORG_KEY, value: orgId }];
      const made = await save({ external_id: groupId, metadata }, signal);
      if (made.kind !== 'rejected' || made.status !== 422) return made;
      // Lago adds metadata sent without its id, and refuses a key that is there already: so does it
      // answer a repetition, and the slower of two at once, whose customer exists.
      const found = await find(groupId, signal);
      if (found.kind === 'ok' && found.value) return { kind: 'ok', value: found.value };
      return found.kind === 'ok' || found.kind === 'rejected' ? made : found;
    },

    async rename({ groupId }, name, signal) {
      const renamed = await save({ external_id: groupId, name }, signal);
      return renamed.kind === 'ok' ? { kind: 'ok', value: null } : renamed;
    },

    async *list(signal) {
      for await (const page of readPages(ask, apiFor, signal)) {
        if (page.kind !== 'ok') throw new Error(`Lago's customers cannot be read: ${page.reason}`);
        yield page.value.entities.filter((entity) => entity.orgId !== null);
      }
    },
  };
}
