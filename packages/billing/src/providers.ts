import { createLagoProvider } from './lago/create-lago-provider.ts';
import { createStripeProvider } from './stripe/create-stripe-provider.ts';

/** The providers by name: another one is a file with such a function, and a line here. */
export const providers = {
  stripe: createStripeProvider,
  lago: createLagoProvider,
};
