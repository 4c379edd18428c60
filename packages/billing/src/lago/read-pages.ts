import type { z } from 'zod';
import type { Ask } from '../http/create-ask.ts';
import { readPatiently } from '../http/read-patiently.ts';
import type { Upstream } from '../provider.ts';
import type { ApiFor } from './api-for.ts';
import { customerPage } from './customer.ts';

// Customers of others are on these pages too, with all that Lago keeps about them.
const PAGE_BYTES = 4 * 1024 * 1024;
const MAX_PAGES = 20_000;

/**
 * All customers, 100 a page. Pages are numbered: one made meanwhile can show another twice. Ends with
 * the last page, or with the first one that is not `ok`.
 */
export async function* readPages(
  ask: Ask,
  apiFor: ApiFor,
  signal: AbortSignal,
): AsyncGenerator<Upstream<z.output<typeof customerPage>>> {
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const askForIt = () =>
      ask({
        signal,
        send: async (fetch) =>
          (await apiFor(fetch).customers.findAllCustomers({ page, per_page: 100 })).data,
        read: customerPage,
        maxBytes: PAGE_BYTES,
      });
    const read = await readPatiently(askForIt, signal);
    yield read;
    if (read.kind !== 'ok' || read.value.nextPage === null) return;
  }
  yield { kind: 'unavailable', reason: `There are more than ${MAX_PAGES} pages of customers` };
}
