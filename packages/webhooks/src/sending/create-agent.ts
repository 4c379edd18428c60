import { Agent } from 'undici';
import type { AddressPolicy } from '../addresses/address-policy.ts';
import { createDial } from './dial.ts';

/**
 * HTTP connections to endpoints. Idle ones are closed after seconds, whatever the endpoint would
 * like, and undici forgets an origin with its last connection: thousands of endpoints leave nothing.
 */
export function createAgent(policy: AddressPolicy, timeoutMs: number): Agent {
  return new Agent({
    connect: createDial(policy, timeoutMs),
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 10_000,
    maxHeaderSize: 16 * 1024,
    // The deadline of an exchange is ours.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}
