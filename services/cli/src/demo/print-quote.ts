import { printLine } from '../print.ts';

/** What somebody received, set off from what the demo says of it. */
export function printQuote(lines: readonly string[]): void {
  printLine();
  for (const line of lines) printLine(`  │ ${line}`.trimEnd());
  printLine();
}
