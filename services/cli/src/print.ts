import Table from 'cli-table3';
import { colors } from './colors.ts';

/** The one JSON document of a command called with --json. */
export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}

export function printLine(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** A table without rules: it reads, and copies, like text. */
export function printTable(head: readonly string[], rows: ReadonlyArray<readonly string[]>): void {
  const none = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  const edges = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '' };
  const floor = { bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' };
  const table = new Table({
    head: head.map((title) => colors.bold(title)),
    chars: { ...none, ...edges, ...floor, left: '', right: '', middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => [...row]));
  for (const line of table.toString().split('\n')) printLine(`  ${line.trimEnd()}`);
}
