export { createBillingProvider } from './create-billing-provider.ts';
export type { BillingOptions } from './create-billing-provider.ts';
export type { BillingProvider, Upstream, UpstreamEntity } from './provider.ts';
