import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { AddressPolicy } from '../addresses/address-policy.ts';
import { isPublicAddress } from '../addresses/is-public-address.ts';
import { resolveName } from '../addresses/resolve-name.ts';
import { DialFailure, judgeDial, notAllowed } from './dial-failure.ts';

/**
 * Connects for undici, and only to addresses that were checked: a literal here, since sockets look
 * up no literals, and of a name all that it resolves to at this very moment, one bad one refusing
 * all. A socket that turns out to be connected elsewhere is destroyed unused.
 *
 * The callback gets a DialFailure, if any. `build` is there for tests of that last check.
 */
export function createDial(
  policy: AddressPolicy,
  timeoutMs: number,
  build = buildConnector,
): buildConnector.connector {
  const connect = build({
    lookup: checkedLookup(policy),
    allowH2: false,
    rejectUnauthorized: true,
    // A far receiver needs more than the usual 250 ms before its next address is tried.
    autoSelectFamilyAttemptTimeout: 1_000,
    timeout: timeoutMs,
  });
  const isAllowed = (address: string) => policy.allowPrivate || isPublicAddress(address);

  return (options, callback) => {
    if (isIP(options.hostname) && !isAllowed(options.hostname)) {
      callback(notAllowed(), null);
      return;
    }
    connect(options, (...[error, socket]) => {
      if (error) return callback(judgeDial(error, options.protocol), null);
      const { remoteAddress } = socket;
      if (remoteAddress && isAllowed(remoteAddress)) return callback(null, socket);
      socket.destroy();
      const closed = () => new DialFailure('unreachable', 'the connection was closed');
      callback(remoteAddress ? notAllowed() : closed(), null);
    });
  };
}

function checkedLookup(policy: AddressPolicy): LookupFunction {
  return (hostname, options, callback) => {
    const refuse = (failure: DialFailure) => callback(failure, [], 0);
    resolveName(hostname, policy).then(
      (found) => {
        const [first] = found;
        if (!policy.allowPrivate && !found.every(({ address }) => isPublicAddress(address))) {
          refuse(notAllowed());
        } else if (options.all) {
          callback(null, found);
        } else if (first) {
          callback(null, first.address, first.family);
        }
      },
      (cause: unknown) => {
        refuse(new DialFailure('unreachable', 'the name could not be resolved', { cause }));
      },
    );
  };
}
