import { expect, test } from 'vitest';
import { fitColumns } from './fit-columns.ts';

const sum = (widths: readonly number[]) => widths.reduce((all, width) => all + width, 0);

test('columns that fit keep their widths, also where there is no end of room', () => {
  expect(fitColumns([3, 36, 9], 48)).toEqual([3, 36, 9]);
  expect(fitColumns([3, 3_000], Number.POSITIVE_INFINITY)).toEqual([3, 3_000]);
});

test('the widest give way first, and all together fit exactly', () => {
  expect(fitColumns([3, 40, 30], 53)).toEqual([3, 25, 25]);
});

test('what is to be copied gives way last', () => {
  expect(fitColumns([36, 40], 60, new Set([0]))).toEqual([36, 24]);
  const narrow = fitColumns([36, 40], 30, new Set([0]));
  expect(narrow).toEqual([24, 6]);
  expect(sum(narrow)).toBe(30);
});

test('no column vanishes, however narrow the terminal is', () => {
  expect(fitColumns([4, 36, 40], 10)).toEqual([4, 6, 6]);
});
