import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
// Public by its number, but on Azure's hosts it is the machine's own metadata and DNS service.
const AZURE_HOST = '168.63.129.16';

/**
 * Whether an address is one that anybody on the internet could dial: unicast, and of no range with a
 * special meaning; for IPv6 within 2000::/3, which leaves out all that embeds IPv4 but 6to4 and
 * Teredo (those ipaddr.js knows). An IPv4-mapped one counts as the IPv4 address in it.
 *
 * @param address as resolvers and sockets write it; anything else, zone ids too, is not public.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0 || address.includes('%')) return false;
  const parsed = ipaddr.process(family === 6 ? inHex(address) : address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4
    ? parsed.toString() !== AZURE_HOST
    : parsed.match(GLOBAL_UNICAST);
}

/** ipaddr.js takes `::8.8.8.8` for the mapped `::ffff:8.8.8.8`; all in hex there is no doubt. */
function inHex(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
