import { Client } from 'lago-javascript-client';
import { parseUrl } from '../http/check-options.ts';

type Api = ReturnType<typeof Client>;

/** Lago's client, sending through the given `fetch`: one for each request, so that its signal is too. */
export type ApiFor = (fetch: typeof globalThis.fetch) => Api;

/** @param apiUrl the address of a Lago, with or without its `/api/v1`. */
export function createApiFor(apiKey: string, apiUrl: string): ApiFor {
  const url = parseUrl('apiUrl', apiUrl);
  const path = url.pathname.replace(/\/+$/, '') || '/api/v1';
  return (customFetch) => Client(apiKey, { baseUrl: `${url.origin}${path}`, customFetch });
}
