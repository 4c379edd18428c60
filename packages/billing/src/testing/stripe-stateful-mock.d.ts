declare module 'stripe-stateful-mock' {
  import type { RequestListener } from 'node:http';

  /** Somebody else's Stripe, as an Express app. All apps of one process share what they hold. */
  export function createExpressApp(): RequestListener;
}
