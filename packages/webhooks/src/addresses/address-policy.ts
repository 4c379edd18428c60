import type { lookup } from 'node:dns';

/** Where webhooks may go. `allowPrivate`: also to http and to private addresses, for development. */
export interface AddressPolicy {
  allowPrivate: boolean;
  /** Resolves names; for tests. */
  lookup?: typeof lookup;
}
