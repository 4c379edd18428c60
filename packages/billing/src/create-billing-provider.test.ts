import { expect, test } from 'vitest';
import { createBillingProvider } from './create-billing-provider.ts';

const apiKey = 'sk_test_aVerySecretKey';

test('a provider is chosen by its name', () => {
  expect(createBillingProvider({ provider: 'stripe', apiKey }).name).toBe('stripe');
  const apiUrl = 'https://lago.example/api/v1';
  expect(createBillingProvider({ provider: 'lago', apiUrl, apiKey }).name).toBe('lago');
});

test.each([
  ['apiKey', () => createBillingProvider({ provider: 'stripe', apiKey: `${apiKey}\n` })],
  ['apiKey', () => createBillingProvider({ provider: 'stripe', apiKey: '' })],
  ['apiBase', () => createBillingProvider({ provider: 'stripe', apiKey, apiBase: 'Secret' })],
  [
    'apiBase',
    () => createBillingProvider({ provider: 'stripe', apiKey, apiBase: 'http://a.example/Secret' }),
  ],
  [
    'apiUrl',
    () => createBillingProvider({ provider: 'lago', apiKey, apiUrl: 'http://u:Secret@a.example' }),
  ],
  ['apiUrl', () => createBillingProvider({ provider: 'lago', apiKey, apiUrl: 'ftp://Secret' })],
  ['timeoutMs', () => createBillingProvider({ provider: 'stripe', apiKey, timeoutMs: 10_000 })],
])('%s that cannot work is named, and not shown', (option, create) => {
  expect(create).toThrow(option);
  expect(create).not.toThrow(/Secret/);
});
