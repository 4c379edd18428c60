import { printTable } from '../support/print-table.ts';
import { spreadOf, type Spread } from '../support/spread.ts';
import type { SuiteResult } from '../support/suite.ts';
import type { Accepted, Backend, MeasuredBacklog } from './open-stage.ts';
import type { Sizes } from './read-sizes.ts';

const MIB = 2 ** 20;

const NOTES = `
Jobs of 50 direct targets, submitted over HTTP for many organizations in turn while no worker runs; then,
in each round and in turn for few and for many, one worker and the API are started anew, and a job is
submitted for each that is finished, so that what waits stays as much as it was. Memory is the most that
was seen of a process meanwhile. Bytes are those of the first round; "done" is what a target leaves
behind that was accepted, waited and was worked off. Postgres is vacuumed and analyzed once after
filling, and autovacuum runs as it does by default.
`;

/** Few and many waiting, one after the other. */
export type ScaleRound = Record<'few' | 'many', MeasuredBacklog>;

export interface ScaleOf {
  backend: Backend;
  accepted: Record<'few' | 'many', Accepted>;
  rounds: readonly ScaleRound[];
}

/** The ratios first, then memory, then bytes. */
export function reportScale(
  results: readonly ScaleOf[],
  servers: Record<string, string>,
): SuiteResult {
  const settings = Object.entries(servers).map(([name, value]) => `${name}=${value}`);
  const text = [
    `The rate beside the targets that wait: medians of ${results[0]?.rounds.length ?? 0} (least–most)`,
    printTable([
      ['', 'ratio', 'waiting', 'targets/s', 'waiting', 'targets/s', 'accepting, targets/s'],
      ...results.map(rateLine),
    ]),
    '',
    'MiB of memory, the most seen',
    printTable([['', 'more', 'few wait', 'many wait'], ...results.flatMap(memoryLines)]),
    ...results.flatMap(sizeTables),
    NOTES,
    `postgres: ${settings.join(', ')}`,
  ].join('\n');
  return { text, data: { servers, results } };
}

function rateLine({ backend, accepted, rounds }: ScaleOf): string[] {
  const of = (read: (round: ScaleRound) => number, words = whole) =>
    inWords(spreadOf(rounds.map(read)), words);
  return [
    backend,
    of(
      ({ few, many }) => many.targetsPerSecond / few.targetsPerSecond,
      (ratio) => ratio.toFixed(2),
    ),
    whole(Math.min(...rounds.map(({ few }) => few.fewestWaiting))),
    of(({ few }) => few.targetsPerSecond),
    whole(Math.min(...rounds.map(({ many }) => many.fewestWaiting))),
    of(({ many }) => many.targetsPerSecond),
    whole(accepted.many.targetsPerSecond),
  ];
}

function memoryLines({ backend, rounds }: ScaleOf): string[][] {
  return Object.keys(rounds[0]?.few.memory ?? {}).map((part) => {
    const of = (read: (round: ScaleRound) => number) =>
      inWords(spreadOf(rounds.map(read)), (bytes) => (bytes / MIB).toFixed(1));
    return [
      `${backend}: ${part}`,
      of(({ few, many }) => (many.memory[part] ?? 0) - (few.memory[part] ?? 0)),
      of(({ few }) => few.memory[part] ?? 0),
      of(({ many }) => many.memory[part] ?? 0),
    ];
  });
}

function sizeTables({ backend, accepted, rounds: [first] }: ScaleOf): string[] {
  if (!first) return [];
  const columns: Array<[string, Sizes]> = (['few', 'many'] as const).flatMap((which) => [
    [`${whole(accepted[which].waiting)} waiting`, accepted[which].perTarget],
    ['done', first[which].perTarget],
  ]);
  const names = new Set(columns.flatMap(([, sizes]) => Object.keys(sizes.tables)));
  const cell = (sizes: Sizes, name: string) => {
    const { table, indexes } = sizes.tables[name] ?? { table: 0, indexes: 0 };
    return `${whole(table)} + ${whole(indexes)}`;
  };
  return [
    '',
    `${backend}: bytes for each target, of tables + indexes`,
    printTable([
      ['', ...columns.map(([title]) => title)],
      ...[...names].map((name) => [name, ...columns.map(([, sizes]) => cell(sizes, name))]),
      ['all', ...columns.map(([, sizes]) => whole(sumOf(sizes)))],
      ['WAL', ...columns.map(([, sizes]) => whole(sizes.wal))],
    ]),
  ];
}

const sumOf = ({ tables }: Sizes) =>
  Object.values(tables).reduce((sum, { table, indexes }) => sum + table + indexes, 0);

const inWords = ({ median, least, most }: Spread, words: (number: number) => string): string =>
  `${words(median)} (${words(least)}–${words(most)})`;

const whole = (number: number): string => Math.round(number).toLocaleString('en');
