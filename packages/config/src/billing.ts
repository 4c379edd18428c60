import { ConfigurationError } from './read-variables.ts';
import type { Values } from './variables.ts';

/** What says which provider there is, and how to reach it. */
export const BILLING_VARIABLES = [
  'BILLING_PROVIDER',
  'STRIPE_API_KEY',
  'STRIPE_API_BASE',
  'LAGO_API_URL',
  'LAGO_API_KEY',
] as const;

export type BillingSettings =
  | { provider: 'stripe'; apiKey: string; apiBase?: string }
  | { provider: 'lago'; apiUrl: string; apiKey: string };

/**
 * The provider and what it needs; null: there is none.
 * @throws {ConfigurationError} for a provider without what it needs.
 */
export function readBilling(
  values: Values<(typeof BILLING_VARIABLES)[number]>,
): BillingSettings | null {
  const missing = (name: string) =>
    new ConfigurationError(
      `Bad configuration:\n  ${name} is required with BILLING_PROVIDER=${values.BILLING_PROVIDER}`,
    );
  switch (values.BILLING_PROVIDER) {
    case 'none':
      return null;
    case 'stripe': {
      const { STRIPE_API_KEY: apiKey, STRIPE_API_BASE: apiBase } = values;
      if (apiKey === undefined) throw missing('STRIPE_API_KEY');
      return { provider: 'stripe', apiKey, ...(apiBase !== undefined && { apiBase }) };
    }
    case 'lago': {
      const { LAGO_API_URL: apiUrl, LAGO_API_KEY: apiKey } = values;
      if (apiUrl === undefined) throw missing('LAGO_API_URL');
      if (apiKey === undefined) throw missing('LAGO_API_KEY');
      return { provider: 'lago', apiUrl, apiKey };
    }
  }
}
