import { expect, test } from 'vitest';
import { ConfigurationError, readVariables } from './read-variables.ts';

const DATABASE_URL = 'postgres://user:password@127.0.0.1:5432/usher';

test('unset variables take their documented fallback', () => {
  const values = readVariables(['PORT', 'EMAIL_AMBIGUITY', 'QUEUE_URL'], {});
  expect(values).toEqual({ PORT: 3000, EMAIL_AMBIGUITY: 'resend', QUEUE_URL: undefined });
});

test('every bad variable is named, and no value is repeated', () => {
  const read = () =>
    readVariables(['PORT', 'DATABASE_URL', 'SECRET_KEY', 'SMTP_URL'], {
      PORT: '99999',
      DATABASE_URL: 'mysql://u:hunter2@h/d',
      SECRET_KEY: 'hunter2',
    });
  expect(read).toThrow(ConfigurationError);
  expect(read).toThrow(/PORT: .*\n.*DATABASE_URL: .*\n.*SECRET_KEY: .*\n.*SMTP_URL is required/);
  expect(read).not.toThrow(/hunter2/);
});

test('production refuses the development key, and takes 32 bytes in hex or base64', () => {
  const production = { NODE_ENV: 'production', DATABASE_URL };
  expect(() => readVariables(['SECRET_KEY'], production)).toThrow('SECRET_KEY is required');
  const key = Buffer.alloc(32, 7);
  for (const encoding of ['hex', 'base64'] as const) {
    const { SECRET_KEY } = readVariables(['SECRET_KEY'], {
      ...production,
      SECRET_KEY: key.toString(encoding),
    });
    expect(SECRET_KEY.equals(key)).toBe(true);
  }
});

test('an empty variable counts as unset', () => {
  expect(readVariables(['PORT'], { PORT: '' })).toEqual({ PORT: 3000 });
});
