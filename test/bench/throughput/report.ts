import { printTable } from '../support/print-table.ts';
import { spreadOf, type Spread } from '../support/spread.ts';
import type { SuiteResult } from '../support/suite.ts';
import type { Contestant } from './contestant.ts';
import { LIMIT, USUAL_WAY } from './contestants.ts';
import type { Measurement } from './measure.ts';

const NOTES = `
Every commit is synced to disk. Each contestant starts on an empty database, after a warm-up of its own,
and what it wrote is counted. Usher is asked over HTTP; the others have nothing in front of them, find
their job rows written, and are handed all targets at once, in the order that suits them best; being
slower, they get fewer targets in a round. CPU of the client is that of whoever hands the work over.
`;

/** What everybody came to in one round, by name. */
export type Round = Map<string, Measurement>;

interface Row {
  name: string;
  about: string;
  /** In each round. */
  targets: number;
  targets_per_second: Spread;
  /** Of the same round's rates; null where the other did not take part. */
  times_the_usual_way: Spread | null;
  share_of_the_limit: Spread | null;
  /** Beside whom it is set, and its times of that rate. */
  beside: { name: string; times: Spread } | null;
  /** Milliseconds of CPU for 50 targets, by kind of process, `client` handing them over; medians. */
  cpu_ms_per_submission: Record<string, number>;
  rounds: Measurement[];
}

/** The table, ratios first, and everything as data. */
export function report(
  contestants: readonly Contestant[],
  rounds: readonly Round[],
  servers: Record<string, unknown>,
): SuiteResult {
  const rows = contestants.map((contestant) => sumUp(contestant, rounds));
  const text = [
    `Targets per second, end to end: medians of ${rounds.length} ${rounds.length === 1 ? 'round' : 'rounds'} (least–most)`,
    printTable([
      ['', 'x usual way', '', 'of the limit', '', 'targets/s', '', 'targets a round'],
      ...rows.map(rateLine),
    ]),
    '',
    'CPU of each kind of process and of all, and time gone by: milliseconds per 50 targets, medians',
    timeTable(rows),
    '',
    ...rows.map(({ name, about }) => `${name}: ${about}`),
    ...rows.flatMap(besideLine),
    NOTES,
    ...Object.entries(servers).map(([name, value]) => `${name}: ${describe(value)}`),
  ].join('\n');
  return { text, data: { servers, contestants: rows } };
}

function sumUp({ name, about, beside }: Contestant, rounds: readonly Round[]): Row {
  const own = rounds.flatMap((round) => round.get(name) ?? []);
  const kinds = [...new Set(own.flatMap((each) => Object.keys(each.cpuSeconds)))];
  return {
    name,
    about,
    targets: own[0]?.targets ?? 0,
    targets_per_second: spreadOf(own.map((each) => each.targetsPerSecond)),
    times_the_usual_way: ratioTo(USUAL_WAY, name, rounds),
    share_of_the_limit: ratioTo(LIMIT, name, rounds),
    beside: besideOf(beside, name, rounds),
    cpu_ms_per_submission: Object.fromEntries(
      kinds.map((kind) => {
        const each = own.map((one) => ((one.cpuSeconds[kind] ?? 0) / one.targets) * 50_000);
        return [kind, spreadOf(each).median];
      }),
    ),
    rounds: own,
  };
}

function besideOf(other: string | undefined, name: string, rounds: readonly Round[]) {
  const times = other === undefined ? null : ratioTo(other, name, rounds);
  return other !== undefined && times ? { name: other, times } : null;
}

/** Within each round, since what else the machine does changes from round to round. */
function ratioTo(other: string, name: string, rounds: readonly Round[]): Spread | null {
  const ratios = rounds.flatMap((round) => {
    const [ours, theirs] = [round.get(name), round.get(other)];
    return ours && theirs ? [ours.targetsPerSecond / theirs.targetsPerSecond] : [];
  });
  return ratios.length > 0 ? spreadOf(ratios) : null;
}

function rateLine(row: Row): string[] {
  return [
    row.name,
    ...spreadCells(row.times_the_usual_way, (ratio) => ratio.toFixed(1)),
    ...spreadCells(row.share_of_the_limit, (share) => `${(share * 100).toFixed(1)} %`),
    ...spreadCells(row.targets_per_second, whole),
    whole(row.targets),
  ];
}

function besideLine({ name, beside }: Row): string[] {
  if (!beside) return [];
  const cells = spreadCells(beside.times, (times) => times.toFixed(2));
  return [`${name}: ${cells.join(' ')} times the targets per second of ${beside.name}`];
}

function spreadCells(spread: Spread | null, words: (number: number) => string): [string, string] {
  if (!spread) return ['-', ''];
  return [words(spread.median), `(${words(spread.least)}–${words(spread.most)})`];
}

function timeTable(rows: readonly Row[]): string {
  const kinds = ['api', 'worker', 'postgres', 'redis', 'client'];
  const line = ({ cpu_ms_per_submission: cpu, targets_per_second: rate }: Row) => [
    ...kinds.map((kind) => cpu[kind]?.toFixed(2) ?? '-'),
    Object.values(cpu)
      .reduce((sum, each) => sum + each, 0)
      .toFixed(2),
    (50_000 / rate.median).toFixed(2),
  ];
  return printTable([
    ['', ...kinds, 'all', 'gone by'],
    ...rows.map((row) => [row.name, ...line(row)]),
  ]);
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, setting]) => `${name}=${setting}`)
    .join(', ');
}

const whole = (number: number): string => Math.round(number).toLocaleString('en');
