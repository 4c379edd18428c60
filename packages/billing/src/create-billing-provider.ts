import type { BillingProvider } from './provider.ts';
import { providers } from './providers.ts';

type Name = keyof typeof providers;
type OptionsOf<N extends Name> = { provider: N } & Parameters<(typeof providers)[N]>[0];

/** The provider's name, and what its own function takes. */
export type BillingOptions = { [N in Name]: OptionsOf<N> }[Name];

/** @throws an Error that names the option that cannot work, without its value. */
export function createBillingProvider<N extends Name>(options: OptionsOf<N>): BillingProvider {
  const create = providers[options.provider] as (options: OptionsOf<N>) => BillingProvider;
  return create(options);
}
