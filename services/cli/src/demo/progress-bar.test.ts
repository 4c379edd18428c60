import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { createProgressBar } from './progress-bar.ts';

const output = (isTTY: boolean) => {
  const written: string[] = [];
  const write = (text: string) => written.push(text) > 0;
  return { written, stream: { isTTY, write } as unknown as NodeJS.WriteStream };
};

test('a pipe gets one plain line for each change', () => {
  const { written, stream } = output(false);
  const bar = createProgressBar(stream);
  for (const done of [0, 500, 500, 2000]) bar.show(done, 2000);
  bar.end();
  expect(written).toHaveLength(3);
  expect(written.at(-1)).toMatch(/^ {2}2,000 of 2,000 targets, [\d.]+ s\n$/);
});

test('a terminal gets one line that is drawn again', () => {
  const { written, stream } = output(true);
  const bar = createProgressBar(stream);
  for (const done of [0, 1000, 2000]) bar.show(done, 2000);
  bar.end();
  expect(written.slice(0, 3).every((text) => text.startsWith('\r'))).toBe(true);
  expect(written.at(-1)).toBe('\n');
});

test('a line above the bar takes its place, and the bar is drawn again below it', () => {
  const { written, stream } = output(true);
  const bar = createProgressBar(stream);
  bar.show(1, 2);
  bar.above('one failed');
  expect(written).toHaveLength(3);
  expect(written[1]).toBe('\r\u001B[Kone failed\n');
  expect(written[2]).toBe(written[0]);
});

test('on a narrow terminal the bar stays on one line', () => {
  const { written, stream } = output(true);
  const bar = createProgressBar(Object.assign(stream, { columns: 50 }));
  bar.show(10_000, 10_000);
  const shown = stripVTControlCharacters(written[0] ?? '').replace('\r', '');
  expect(shown.length).toBeLessThanOrEqual(50);
});
