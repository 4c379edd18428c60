import { isIP } from 'node:net';
import type { AddressPolicy } from './address-policy.ts';
import { isPublicAddress } from './is-public-address.ts';

const MAX_LENGTH = 2048;
const PRIVATE_NAMES =
  /(^|\.)(localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa)$/;

/** One text for literals and names alike, so that nobody learns what a name of ours resolves to. */
export const NOT_PUBLIC = 'must be a public address';

/**
 * Reads the URL of an endpoint as `fetch` would, which also writes every spelling of an IPv4 address
 * in its usual form, and refuses what needs no look-up to be refused.
 */
export function readUrl(text: string, policy: AddressPolicy): { url: URL } | { refusal: string } {
  if (text.length > MAX_LENGTH) return { refusal: `must have at most ${MAX_LENGTH} characters` };
  if (!URL.canParse(text)) return { refusal: 'must be a URL' };
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(policy.allowPrivate && url.protocol === 'http:')) {
    const schemes = policy.allowPrivate ? 'http or https' : 'https';
    return { refusal: `must be an ${schemes} address` };
  }
  if (url.username || url.password) return { refusal: 'must not contain a user name or password' };
  url.hash = '';
  if (url.href.length > MAX_LENGTH) {
    return { refusal: `must have at most ${MAX_LENGTH} characters` };
  }
  if (!policy.allowPrivate && !isPublicHost(url.hostname)) return { refusal: NOT_PUBLIC };
  return { url };
}

function isPublicHost(hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address)) return isPublicAddress(address);
  const name = hostname.replace(/\.$/, '');
  const labels = name.split('.');
  return labels.length > 1 && !labels.includes('') && !PRIVATE_NAMES.test(name);
}
