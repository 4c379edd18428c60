import { isIP } from 'node:net';
import type { AddressPolicy } from './address-policy.ts';
import { isPublicAddress } from './is-public-address.ts';
import { NOT_PUBLIC, readUrl } from './read-url.ts';
import { resolveName } from './resolve-name.ts';

const RESOLVE_MS = 2_000;

/**
 * Whether webhooks may be sent to a URL, asked when it is registered: the URL as it is to be stored,
 * or the end of a sentence about it ("must be an https address").
 *
 * A name that cannot be resolved now, within 2 s, is accepted: the guard is the check at every dial.
 * This one only tells people early.
 */
export async function checkUrl(
  url: string,
  policy: AddressPolicy,
): Promise<{ url: string } | { refusal: string }> {
  const read = readUrl(url, policy);
  if ('refusal' in read) return read;
  const { hostname, href } = read.url;
  const literal = hostname.startsWith('[') || isIP(hostname) !== 0;
  if (!policy.allowPrivate && !literal && !(await resolvesToPublic(hostname, policy))) {
    return { refusal: NOT_PUBLIC };
  }
  return { url: href };
}

/** False if any of its addresses is known and not public. */
async function resolvesToPublic(name: string, policy: AddressPolicy): Promise<boolean> {
  const answer = resolveName(name, policy).then(
    (found) => found.every(({ address }) => isPublicAddress(address)),
    () => true,
  );
  const patience = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => patience.resolve(true), RESOLVE_MS);
  try {
    return await Promise.race([answer, patience.promise]);
  } finally {
    clearTimeout(timer);
  }
}
