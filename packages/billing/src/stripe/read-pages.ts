import type { Ask } from '../http/create-ask.ts';
import { readPatiently } from '../http/read-patiently.ts';
import type { Upstream } from '../provider.ts';
import type { ClientFor } from './client-for.ts';
import { type CustomerPage, customerPage } from './customer.ts';

// Customers of others are on these pages too, each with up to 50 values of 500 characters.
const PAGE_BYTES = 4 * 1024 * 1024;

/**
 * Customers newest first, 100 a page, by List: strongly consistent, which Search is not. Ends with
 * the last page, or with the first one that is not `ok`.
 * @param since a Unix time in seconds; undefined: all there are.
 */
export async function* readPages(
  ask: Ask,
  clientFor: ClientFor,
  { since, maxPages }: { since?: number; maxPages: number },
  signal: AbortSignal,
): AsyncGenerator<Upstream<CustomerPage>> {
  let after: string | undefined;
  for (let page = 1; page <= maxPages; page += 1) {
    const query = {
      limit: 100,
      ...(since !== undefined && { created: { gte: since } }),
      ...(after !== undefined && { starting_after: after }),
    };
    const askForIt = () =>
      ask({
        signal,
        send: (fetch) => clientFor(fetch).customers.list(query),
        read: customerPage,
        maxBytes: PAGE_BYTES,
      });
    const read = await readPatiently(askForIt, signal);
    yield read;
    if (read.kind !== 'ok' || read.value.lastId === null) return;
    after = read.value.lastId;
  }
  yield { kind: 'unavailable', reason: `There are more than ${maxPages} pages of customers` };
}
