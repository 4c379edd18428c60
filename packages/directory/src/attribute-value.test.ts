import type { AttributeType, AttributeValue } from '@usher/contracts';
import { describe, expect, test } from 'vitest';
import { isBlank, readAttribute } from './attribute-value.ts';

const OPTIONS = ['EMEA', 'APAC', 'Américas'];

const TAKEN: Array<[type: AttributeType, given: unknown, kept: AttributeValue]> = [
  ['text', ' North \r\n of it ', 'North \n of it'],
  ['text', 'Ame\u0301ricas', 'Américas'],
  ['text', '', ''],
  ['text', 'x'.repeat(2_048), 'x'.repeat(2_048)],
  ['date', '2026-02-28', '2026-02-28'],
  ['date', '2024-02-29', '2024-02-29'],
  ['single', 'APAC', 'APAC'],
  ['multiple', ['APAC', 'EMEA', 'APAC'], ['EMEA', 'APAC']],
  ['multiple', [], []],
  ['user', 12, 12],
  ['yes/no', false, false],
  ['yes/no', true, true],
  ['link', 'https://shop.example/a?b=c#d', 'https://shop.example/a?b=c#d'],
  ['link', 'HTTP://shop.example', 'HTTP://shop.example'],
  ['number', -1.5, -1.5],
  ['number', 0, 0],
  ['number', -0, 0],
];

test.each(TAKEN)('a %s takes %j', (type, given, kept) => {
  expect(readAttribute({ type, options: OPTIONS }, given)).toEqual({ value: kept });
});

const REFUSED: Array<[type: AttributeType, ...given: unknown[]]> = [
  ['text', 5, true, null, {}, ['North'], 'a\u0000b', 'a\ud800b', 'a\u001bb', 'x'.repeat(2_049)],
  [
    'date',
    '2026-02-30',
    '2026-13-01',
    '28.02.2026',
    '2026-02-28T00:00:00Z',
    '2026-2-8',
    '',
    20260228,
  ],
  ['single', 'emea', 'EMEA ', '', ['EMEA'], 0, null, 'toString'],
  ['multiple', 'EMEA', ['EMEA', 'Mars'], [['EMEA']], { 0: 'EMEA' }, null],
  ['user', 0, -1, 1.5, '12', 2 ** 53, null],
  ['yes/no', 'yes', 'true', 1, 0, null],
  [
    'link',
    'shop.example',
    'javascript:alert(1)',
    'ftp://shop.example',
    'https://',
    'https://a b',
    7,
  ],
  ['link', `https://shop.example/${'x'.repeat(2_048)}`, 'https://shop.example/\n', ['https://a.b']],
  ['number', '5', Number.POSITIVE_INFINITY, Number.NaN, null, [1]],
];

describe.each(REFUSED)('a %s', (type, ...given) => {
  test.each(given.map((value) => [value]))('does not take %j', (value) => {
    const read = readAttribute({ type, options: OPTIONS }, value);
    expect(read).toEqual({ wanted: expect.stringMatching(/\S/) });
  });
});

test('a list as long as a body can hold is held against a thousand options without a pause', () => {
  const options = Array.from({ length: 1_000 }, (_, n) => `option ${n}`);
  const given: unknown[] = Array.from({ length: 200_000 }, () => 'option 999');
  const began = performance.now();
  expect(readAttribute({ type: 'multiple', options }, given)).toEqual({ value: ['option 999'] });
  given.push('Mars');
  expect(readAttribute({ type: 'multiple', options }, given)).toHaveProperty('wanted');
  expect(performance.now() - began).toBeLessThan(1_000);
});

test('only an empty text and an empty list are blank', () => {
  const values: AttributeValue[] = ['', [], 0, false, 'x', ['x']];
  expect(values.map(isBlank)).toEqual([true, true, false, false, false, false]);
});
