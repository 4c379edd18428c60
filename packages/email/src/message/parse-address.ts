import { domainToASCII } from 'node:url';

// No quoted local parts and no address literals: whatever could hide a second address is out.
const shape = /^([^\s\p{C}"(),:;<>@[\]\\]+)@([^\s\p{C}"(),:;<>@[\]\\]+)$/u;
const hostname = /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/i;

/** The address, if it is exactly one plain `local@domain` (non-ASCII allowed); or undefined. */
export function parseAddress(text: string): string | undefined {
  const match = shape.exec(text);
  if (!match || Buffer.byteLength(text) > 254) return undefined;
  const [, local = '', domain = ''] = match;
  if (Buffer.byteLength(local) > 64 || !hostname.test(domainToASCII(domain))) return undefined;
  return text;
}
