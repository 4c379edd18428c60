import { expect, test } from 'vitest';
import { BILLING_VARIABLES, readBilling } from './billing.ts';
import { ConfigurationError, readVariables } from './read-variables.ts';

const read = (environment: NodeJS.ProcessEnv) =>
  readBilling(readVariables(BILLING_VARIABLES, environment));

test('without a provider there is none, whatever else is set', () => {
  expect(read({ STRIPE_API_KEY: 'sk_test_1' })).toBeNull();
});

test('a provider takes its own variables alone', () => {
  const stripe = { BILLING_PROVIDER: 'stripe', STRIPE_API_KEY: 'sk_test_1' };
  const lago = { LAGO_API_URL: 'http://lago.example/', LAGO_API_KEY: 'key' };
  expect(read({ ...stripe, ...lago })).toEqual({ provider: 'stripe', apiKey: 'sk_test_1' });
  expect(read({ ...stripe, STRIPE_API_BASE: 'http://127.0.0.1:1' })).toMatchObject({
    apiBase: 'http://127.0.0.1:1',
  });
  expect(read({ ...stripe, ...lago, BILLING_PROVIDER: 'lago' })).toEqual({
    provider: 'lago',
    apiUrl: 'http://lago.example',
    apiKey: 'key',
  });
});

test.each([
  [{ BILLING_PROVIDER: 'stripe' }, 'STRIPE_API_KEY'],
  [{ BILLING_PROVIDER: 'lago', LAGO_API_KEY: 'hunter2' }, 'LAGO_API_URL'],
  [{ BILLING_PROVIDER: 'lago', LAGO_API_URL: 'http://lago.example' }, 'LAGO_API_KEY'],
])('a provider without what it needs names it: %j', (environment, name) => {
  expect(() => read(environment)).toThrow(ConfigurationError);
  expect(() => read(environment)).toThrow(
    `${name} is required with BILLING_PROVIDER=${environment.BILLING_PROVIDER}`,
  );
  expect(() => read(environment)).not.toThrow(/hunter2/);
});
