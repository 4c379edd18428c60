import stringWidth from 'string-width';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTable, printFields, printTable } from './print.ts';

const ID = '019aaaaa-0000-7000-8000-000000000000';
const LONG = 'a message that is longer than any terminal of forty or eighty columns can show';
let written = '';

beforeEach(() => {
  written = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

function terminal(columns: number | undefined): void {
  vi.spyOn(process, 'stdout', 'get').mockReturnValue(
    Object.assign(Object.create(process.stdout), { isTTY: columns !== undefined, columns }),
  );
}

const lines = () => written.trimEnd().split('\n');

test.each([60, 80, 120])(
  'on a terminal of %i columns no line is wider, and ids are whole',
  (columns) => {
    terminal(columns);
    printTable(['id', 'name', 'message'], [[ID, '日本語の名前', LONG]]);
    expect(Math.max(...lines().map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
    expect(written).toContain(ID);
    expect(written).toContain('…');
  },
);

test('in a pipe every cell is whole, in every page of the table', () => {
  terminal(undefined);
  const table = createTable(['id', 'message']);
  table.add([['1', 'short']]);
  table.add([['2', LONG]]);
  expect(lines()).toEqual(['  id  message', '  1   short', `  2   ${LONG}`]);
});

test('a terminal that does not say how wide it is gets every cell whole', () => {
  terminal(0);
  printTable(['id', 'message'], [[ID, LONG]]);
  expect(written).toContain(`${ID}  ${LONG}`);
});

test('as many rows as a job has targets are printed in their order, and soon', () => {
  terminal(undefined);
  const begun = performance.now();
  printTable(
    ['#', 'target'],
    Array.from({ length: 10_000 }, (_, row) => [String(row), ID]),
  );
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(lines()).toHaveLength(10_001);
  expect(lines().at(-1)).toBe(`  9999  ${ID}`);
});

test('what others wrote cannot speak to the terminal, in tables and in fields', () => {
  terminal(80);
  printTable(['name'], [['\u001B]0;owned\u0007']]);
  printFields([['name', '\u001B[2J']]);
  expect(written).not.toContain('\u001B]');
  expect(written).not.toContain('\u001B[2J');
});

test('a field without a value has no line', () => {
  terminal(undefined);
  printFields([
    ['state', 'queued'],
    ['email', null],
    ['finished', ''],
  ]);
  expect(written).toBe('  state  queued\n');
});
