import { type LookupAddress, lookup } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import type { AddressPolicy } from './address-policy.ts';

/**
 * Resolves a name to all of its addresses. @throws an Error if there are none.
 *
 * Public names are asked of the name servers directly. `dns.lookup` would occupy one of the few
 * threads of the process for as long as somebody's name server keeps silent, and a handful of such
 * endpoints would hold up everybody's look-ups. Only in development are names those of the machine.
 */
export function resolveName(name: string, policy: AddressPolicy): Promise<LookupAddress[]> {
  if (policy.lookup) return lookUp(name, policy.lookup);
  return policy.allowPrivate ? lookUp(name, lookup) : askServers(name);
}

function lookUp(name: string, look: typeof lookup): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    look(name, { all: true }, (error, addresses) => {
      if (error) reject(error);
      else if (addresses.length === 0) reject(new Error('The name has no address'));
      else resolve(addresses);
    });
  });
}

/** Asks name servers, by default those of the machine, for addresses of both families. */
export async function askServers(
  name: string,
  resolver = new Resolver({ timeout: 2_000, tries: 2 }),
): Promise<LookupAddress[]> {
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const found = answers.flatMap((answer, index) =>
    answer.status === 'fulfilled'
      ? answer.value.map((address) => ({ address, family: index === 0 ? 4 : 6 }))
      : [],
  );
  if (found.length > 0) return found;
  const causes = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
  throw new AggregateError(causes, 'The name has no address');
}
