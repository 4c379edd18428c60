import { printTable } from '../support/print-table.ts';
import { spreadOf, type Spread } from '../support/spread.ts';
import type { SuiteResult } from '../support/suite.ts';
import type { Load } from './load.ts';
import type { Pair, Side } from './measure-pair.ts';
import type { Setting } from './settings.ts';

const NOTES = `
Every commit is synced to disk. Both sides are asked by one client process, one after the other in each
round, over the same connections, with the same bodies: a direct bulk invite of 50 website ids, or of 1.
The bare route is a process of the same Fastify that parses the body and inserts it into a table of its
own, by a prepared statement over as large a pool. Answered at once: 202, the job being committed
(Prefer: respond-async). Answered when done: 200 with the result of each target, which a worker wrote.
The worker, Postgres and the client are on the same cores.
`;
const PERCENTILES = ['p50', 'p95', 'p99'] as const;

/** By the setting's name. */
export type AcceptingRound = Map<string, Pair>;

interface Row {
  setting: Setting;
  /** The product's, of the same round's bare route. */
  times_bare: Record<(typeof PERCENTILES)[number] | 'requests_per_second', Spread>;
  sides: Record<
    Side,
    {
      requests_per_second: Spread;
      /** Milliseconds. */
      p50: Spread;
      p95: Spread;
      p99: Spread;
      /** Medians, by kind of process. */
      cpu_ms_per_request: Record<string, number>;
    }
  >;
  rounds: Pair[];
}

/** Ratios first, then what both sides came to. */
export function reportAccepting(
  settings: readonly Setting[],
  rounds: readonly AcceptingRound[],
  servers: Record<string, unknown>,
): SuiteResult {
  const rows = settings.map((setting) => sumUp(setting, rounds));
  const text = [
    `Accepting, times a bare route with one INSERT: medians of ${rounds.length} ${rounds.length === 1 ? 'round' : 'rounds'} (least–most)`,
    printTable([
      ['', 'requests/s', '', 'p50', '', 'p95', '', 'p99', ''],
      ...rows.map(({ setting, times_bare: times }) => [
        setting.name,
        ...cells(times.requests_per_second, (ratio) => ratio.toFixed(2)),
        ...PERCENTILES.flatMap((each) => cells(times[each], (ratio) => ratio.toFixed(2))),
      ]),
    ]),
    '',
    'Requests a second, milliseconds until the answer, milliseconds of CPU for each: medians',
    printTable([
      ['', 'requests/s', ...PERCENTILES, 'API or bare', 'worker', 'postgres', 'client'],
      ...rows.flatMap(({ setting, sides }) =>
        (['usher', 'bare'] as const).map((side) => line(`${setting.name}: ${side}`, sides[side])),
      ),
    ]),
    NOTES,
    ...Object.entries(servers).map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
  ].join('\n');
  return { text, data: { servers, settings: rows } };
}

function sumUp(setting: Setting, rounds: readonly AcceptingRound[]): Row {
  const pairs = rounds.flatMap((round) => round.get(setting.name) ?? []);
  const times = (what: (load: Load) => number) =>
    spreadOf(pairs.map(({ usher, bare }) => what(usher) / what(bare)));
  const sideOf = (side: Side): Row['sides'][Side] => {
    const loads = pairs.map((pair) => pair[side]);
    const kinds = Object.keys(loads[0]?.cpuMsPerRequest ?? {});
    const spread = (what: (load: Load) => number) => spreadOf(loads.map(what));
    return {
      requests_per_second: spread((load) => load.requestsPerSecond),
      p50: spread((load) => load.p50),
      p95: spread((load) => load.p95),
      p99: spread((load) => load.p99),
      cpu_ms_per_request: Object.fromEntries(
        kinds.map((kind) => [kind, spread((load) => load.cpuMsPerRequest[kind] ?? 0).median]),
      ),
    };
  };
  return {
    setting,
    times_bare: {
      requests_per_second: times((load) => load.requestsPerSecond),
      p50: times((load) => load.p50),
      p95: times((load) => load.p95),
      p99: times((load) => load.p99),
    },
    sides: { usher: sideOf('usher'), bare: sideOf('bare') },
    rounds: pairs,
  };
}

function line(name: string, side: Row['sides'][Side]): string[] {
  const cpu = side.cpu_ms_per_request;
  return [
    name,
    Math.round(side.requests_per_second.median).toLocaleString('en'),
    ...PERCENTILES.map((each) => side[each].median.toFixed(1)),
    ...[cpu.api ?? cpu.bare, cpu.worker, cpu.postgres, cpu.client].map(
      (each) => each?.toFixed(2) ?? '-',
    ),
  ];
}

const cells = (spread: Spread, words: (number: number) => string): [string, string] => [
  words(spread.median),
  `(${words(spread.least)}–${words(spread.most)})`,
];
