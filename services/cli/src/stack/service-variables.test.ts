import { expect, test } from 'vitest';
import { serviceVariables } from './service-variables.ts';

test('of what a person has set, only what API and worker read is kept', () => {
  const read = { DATABASE_URL: 'postgres://127.0.0.1/usher', PORT: '1', NODE_ENV: 'test' };
  expect(serviceVariables({ ...read, NPM_TOKEN: 'hunter2', PATH: '/bin' })).toEqual(read);
});
