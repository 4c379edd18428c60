import Table from 'cli-table3';
import stringWidth from 'string-width';
import { colors } from './colors.ts';
import { cleanText } from './render/clean-text.ts';
import { fitColumns } from './render/fit-columns.ts';

const MARGIN = '  ';
const GAP = '  ';
/** The table's own layout takes time by the square of the rows. */
const ROWS_AT_ONCE = 100;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A JSON document on a line of its own: the one of a command called with --json, or one of a stream. */
export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}

export function printLine(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Something to know beside the answer: on standard error, in one line. */
export function note(text: string): void {
  process.stderr.write(`usher: ${cleanText(text)}\n`);
}

/** How a cell of a column is coloured, by its text. */
export type Paint = (text: string) => string;

export interface TablePrinter {
  /** Rows below those that there are; the first come with the head. */
  add(rows: ReadonlyArray<readonly string[]>): void;
}

/**
 * A table without rules: it reads, and copies, like text. On a terminal it is no wider than that; in a
 * pipe every cell is whole.
 * @param paints by the title of their column.
 */
export function createTable(
  head: readonly string[],
  paints: Readonly<Record<string, Paint>> = {},
): TablePrinter {
  let widths = head.map((title) => stringWidth(title));
  let begun = false;
  return {
    add(rows) {
      const clean = rows.map((row) => row.map(cleanText));
      widths = widths.map((width, column) =>
        Math.max(width, ...clean.map((row) => stringWidth(row[column] ?? ''))),
      );
      const colWidths = fitColumns(widths, availableFor(head.length), idColumns(clean));
      const painted = clean.map((row) =>
        row.map((cell, column) => paints[head[column] ?? '']?.(cell) ?? cell),
      );
      if (!begun) painted.unshift(head.map((title) => colors.bold(title)));
      begun = true;
      for (let first = 0; first < painted.length; first += ROWS_AT_ONCE) {
        const table = new Table({ ...PLAIN, colWidths });
        table.push(...painted.slice(first, first + ROWS_AT_ONCE));
        for (const line of table.toString().split('\n')) printLine(`${MARGIN}${line.trimEnd()}`);
      }
    },
  };
}

/** The same, all at once. */
export function printTable(
  head: readonly string[],
  rows: ReadonlyArray<readonly string[]>,
  paints?: Readonly<Record<string, Paint>>,
): void {
  createTable(head, paints).add(rows);
}

/** What is known of one thing: a line for each field that has a value. */
export function printFields(
  fields: ReadonlyArray<readonly [name: string, value: string | null]>,
): void {
  const known = fields.filter(([, value]) => value !== null && value !== '');
  const width = Math.max(...known.map(([name]) => name.length));
  for (const [name, value] of known) {
    printLine(`${MARGIN}${colors.dim(name.padEnd(width))}${GAP}${cleanText(value ?? '')}`);
  }
}

const none = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
const edges = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '' };
const floor = { bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' };
const PLAIN = {
  chars: { ...none, ...edges, ...floor, left: '', right: '', middle: GAP },
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
};

function availableFor(columns: number): number {
  // A terminal of no columns does not know its width.
  if (!process.stdout.isTTY || !process.stdout.columns) return Number.POSITIVE_INFINITY;
  return process.stdout.columns - MARGIN.length - GAP.length * (columns - 1);
}

/** Ids are there to be copied. */
const idColumns = (rows: readonly string[][]) =>
  new Set(
    (rows[0] ?? []).flatMap((_, column) =>
      rows.some((row) => UUID.test(row[column] ?? '')) ? [column] : [],
    ),
  );
