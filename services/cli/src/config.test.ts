import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readApi, readServiceEnvironment } from './config.ts';
import { CommandFailed } from './exit-codes.ts';
import { writeStackFile } from './stack/stack-file.ts';

const URL_AND_KEY = { USHER_API_URL: 'https://usher.example', USHER_API_KEY: 'usher_key' };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'usher-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const runStack = (more: object = {}) =>
  writeStackFile(folder, {
    pid: process.pid,
    api_url: 'http://127.0.0.1:4000',
    mail_url: null,
    database_url: 'postgres://127.0.0.1:1/usher',
    queue_url: 'postgres://127.0.0.1:1/usher',
    ...more,
  });

test('options go before the environment, and that before a stack that runs here', () => {
  runStack({ organization: { name: 'Acme', api_key: 'usher_trial' } });
  expect(readApi(URL_AND_KEY, {}, folder)).toEqual({
    baseUrl: 'https://usher.example',
    apiKey: 'usher_key',
  });
  const given = { apiUrl: 'http://127.0.0.1:5000/', apiKey: 'usher_other' };
  expect(readApi(URL_AND_KEY, given, folder)).toEqual({
    baseUrl: 'http://127.0.0.1:5000',
    apiKey: 'usher_other',
  });
});

test('without either, the stack here is asked as its first organization, and that is said', () => {
  runStack({ organization: { name: 'Acme', api_key: 'usher_trial' } });
  const { from, ...rest } = readApi({}, {}, folder);
  expect(rest).toEqual({ baseUrl: 'http://127.0.0.1:4000', apiKey: 'usher_trial' });
  expect(from).toBe('asking the stack at http://127.0.0.1:4000 as Acme');
});

test("the trial's key goes to no other address", () => {
  runStack({ organization: { name: 'Acme', api_key: 'usher_trial' } });
  const { USHER_API_URL } = URL_AND_KEY;
  expect(() => readApi({ USHER_API_URL }, {}, folder)).toThrow('USHER_API_KEY is not set');
});

test('where nothing runs, it says what to set', () => {
  expect(() => readApi({}, {}, folder)).toThrow(/USHER_API_URL is not set.*npm start/);
  runStack();
  expect(() => readApi({}, {}, folder)).toThrow('USHER_API_KEY is not set');
});

test('a key or address that cannot be is named, and not repeated', () => {
  const read = () =>
    readApi({ USHER_API_URL: 'usher.example', USHER_API_KEY: 'se cret' }, {}, folder);
  expect(read).toThrow(/USHER_API_URL.*\n.*USHER_API_KEY/);
  expect(read).not.toThrow(/se cret/);
});

test.each([
  ['http://ann:hunter2@usher.example', 'a name or password'],
  ['https://usher.example/?key=hunter2', 'a query or a fragment'],
  ['https://usher.example/#hunter2', 'a query or a fragment'],
])('an address that cannot be asked is wrong usage, and not repeated: %s', (address, why) => {
  const read = () => readApi({ ...URL_AND_KEY, USHER_API_URL: address }, {}, folder);
  expect(read).toThrow(CommandFailed);
  expect(read).toThrow(`USHER_API_URL must be without ${why}`);
  expect(read).not.toThrow(/hunter2/);
});

test('the address may name /api/v1, as clients of other products have it', () => {
  for (const end of ['/api/v1', '/api/v1/']) {
    const { baseUrl } = readApi(
      { ...URL_AND_KEY, USHER_API_URL: `https://usher.example${end}` },
      {},
      folder,
    );
    expect(baseUrl).toBe('https://usher.example');
  }
});

test('the doctor reads this environment, or that of the stack where it names no database', () => {
  const own = { DATABASE_URL: 'postgres://127.0.0.1:2/own' };
  runStack({ environment: { DATABASE_URL: 'postgres://127.0.0.1:1/usher' } });
  expect(readServiceEnvironment(own, folder)).toEqual({ values: own });
  expect(readServiceEnvironment({}, folder)).toMatchObject({
    values: { DATABASE_URL: 'postgres://127.0.0.1:1/usher' },
    from: 'checking the stack at http://127.0.0.1:4000',
  });
});
