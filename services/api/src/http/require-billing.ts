import { PublicError } from '@usher/contracts';
import type { Context } from '../context.ts';

/** @throws {PublicError} `billing_not_configured` where there is no provider to ask. */
export function requireBilling({ config }: Context): void {
  if (config.billingProvider !== 'none') return;
  throw new PublicError('billing_not_configured', 'Billing is not configured');
}
