import { printTable } from '../support/print-table.ts';
import { spreadOf, type Spread } from '../support/spread.ts';
import type { SuiteResult } from '../support/suite.ts';
import type { Idleness, IdleMeasurement } from './measure-idle.ts';

const NOTES = `
One API and one worker, which dispatches, after they have settled; Postgres writes each statement down
meanwhile, and syncs every commit. A statement is what a client sends, begin and commit too.
`;
const SHOWN = 20;

export interface IdleRounds {
  backend: string;
  rounds: IdleMeasurement[];
}

interface Row {
  backend: string;
  process: string;
  /** Of one core. */
  cpu_share: Spread | null;
  statements_per_second: Spread | null;
}

/** What each process came to, and who asks most. */
export function reportIdle(
  results: readonly IdleRounds[],
  { seconds, settleSeconds, postgres }: Record<string, number | string>,
): SuiteResult {
  const rows = results.flatMap(sumUp);
  const statements = results.map(({ backend, rounds }) => ({
    backend,
    statements: rounds.at(-1)?.statements ?? [],
  }));
  const text = [
    `Idle: medians of ${results[0]?.rounds.length ?? 0} rounds of ${seconds} s, ${settleSeconds} s after the start (least–most)`,
    printTable([
      ['', 'of a core', '', 'SQL statements/s', ''],
      ...rows.map((row) => [
        `${row.backend}: ${row.process}`,
        ...cells(row.cpu_share, (share) => `${(share * 100).toFixed(2)} %`),
        ...cells(row.statements_per_second, (rate) => rate.toFixed(2)),
      ]),
    ]),
    ...statements.flatMap(({ backend, statements: sent }) => [
      '',
      `On ${backend}, statements a second, in the last round:`,
      printTable(
        sent
          .slice(0, SHOWN)
          .map(({ process, application, text: words, perSecond }) => [
            `${process} (${application.replace(/\d+$/, '…')}): ${shorten(words)}`,
            perSecond.toFixed(2),
          ]),
      ),
    ]),
    NOTES,
    `postgres: ${postgres}`,
  ].join('\n');
  return { text, data: { postgres, seconds, processes: rows, statements } };
}

function sumUp({ backend, rounds }: IdleRounds): Row[] {
  const kinds = Object.keys(rounds[0]?.processes ?? {});
  return kinds.map((process) => ({
    backend,
    process,
    cpu_share: spreadOfKnown(rounds, process, 'cpuShare'),
    statements_per_second: spreadOfKnown(rounds, process, 'statementsPerSecond'),
  }));
}

function spreadOfKnown(
  rounds: readonly IdleMeasurement[],
  process: string,
  what: keyof Idleness,
): Spread | null {
  const known = rounds.flatMap(({ processes }) => processes[process]?.[what] ?? []);
  return known.length > 0 ? spreadOf(known) : null;
}

function cells(spread: Spread | null, words: (number: number) => string): [string, string] {
  if (!spread) return ['-', ''];
  return [words(spread.median), `(${words(spread.least)}–${words(spread.most)})`];
}

/** A statement in one line, without its first comments. */
function shorten(text: string): string {
  const words = text
    .replace(/\/\*.*?\*\/|--.*$/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  return words.length > 90 ? `${words.slice(0, 90)}…` : words;
}
