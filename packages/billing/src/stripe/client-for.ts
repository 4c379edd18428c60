import { Stripe } from 'stripe';
import { parseUrl } from '../http/check-options.ts';

/** A client that sends through the given `fetch`: one for each request, so that its signal is too. */
export type ClientFor = (fetch: typeof globalThis.fetch) => Stripe;

/** @param apiBase where to send, without a path; Stripe's own address if undefined. */
export function createClientFor(apiKey: string, apiBase: string | undefined): ClientFor {
  const address = apiBase === undefined ? {} : parseAddress(apiBase);
  return (fetch) =>
    new Stripe(apiKey, {
      ...address,
      httpClient: Stripe.createFetchHttpClient(fetch),
      maxNetworkRetries: 0,
      // Only for the SDK's own clock; the deadline of a request is kept by its fetch.
      timeout: 10_000,
      telemetry: false,
    });
}

function parseAddress(apiBase: string) {
  const url = parseUrl('apiBase', apiBase);
  if (url.pathname !== '/') throw new Error('apiBase must have no path');
  const protocol = url.protocol === 'http:' ? ('http' as const) : ('https' as const);
  return { protocol, host: url.hostname, port: url.port || (protocol === 'http' ? '80' : '443') };
}
