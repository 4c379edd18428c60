import { printTable } from '../support/print-table.ts';
import { spreadOf, type Spread } from '../support/spread.ts';
import type { SuiteResult } from '../support/suite.ts';
import type { Layout } from './create-endpoints.ts';
import type { Delays, DelaySize } from './measure-delays.ts';
import type { Rate, RateSize } from './measure-rate.ts';
import { total, type Fate } from './read-fates.ts';
import type { Backend } from './start-stage.ts';

/** The same events for the healthy endpoints, without the others and beside them. */
export interface DelayPair {
  alone: Delays;
  beside: Delays;
}

export interface DelayResult {
  backend: Backend;
  layout: Layout;
  /** One for each round. */
  pairs: DelayPair[];
}

/** By contestant: `bare`, and the queue's backends. */
export type RateRound = Map<string, Rate>;

/** How much longer another tenant's deliveries may take, at the 95th percentile. */
const PROMISED_RATIO = 2;
const LAYOUTS: Record<Layout, string> = {
  own: 'an organization for each endpoint',
  one: 'all endpoints in one organization (reported, not judged)',
};

/** Alone, everything is there sooner after the last event, or the machine cannot bear the rate. */
const BACKLOG_MS = 1_000;

/** Tables for people, ratios first, and everything for machines. */
export function reportWebhooks(found: {
  delays: readonly DelayResult[];
  rates: readonly RateRound[];
  size: { delay: DelaySize; rate: RateSize };
  postgres: Readonly<Record<string, string>>;
}): SuiteResult {
  const { delays, rates, size, postgres } = found;
  const { endpoints, events, rate } = size.delay;
  const { deliveries } = size.rate;
  const measured = delays.filter(({ pairs }) => pairs.length > 0);
  const sections = [
    ...(measured.length === 0
      ? []
      : [
          `${count(events)} events to ${endpoints} endpoints, ${rate} a second, one worker. Delay: from the creation of an
event's row to its arrival at a healthy endpoint, by one clock. Alone: the same events at the same moments,
without those that fail. Medians of the rounds (least to most). Promised for other tenants: a ratio of at
most ${PROMISED_RATIO}.`,
          delayTable(measured),
          ...measured.map(describeFates),
        ]),
    ...(rates.some(({ size: contestants }) => contestants > 0)
      ? [
          `A backlog of ${count(deliveries)} deliveries to ${size.rate.endpoints} healthy endpoints, by one process, 128 at once; the bare
loop posts the same bodies, signed in the same way, to the same receivers, and writes nothing down.`,
          rateTable(rates),
          `Postgres: ${Object.entries(postgres)
            .map(([name, value]) => `${name}=${value}`)
            .join(', ')}`,
        ]
      : []),
  ];
  const named = rates.map((round) => Object.fromEntries(round));
  return {
    text: sections.join('\n\n'),
    data: { promised_ratio: PROMISED_RATIO, ...size, delays: measured, rates: named },
  };
}

function delayTable(results: readonly DelayResult[]): string {
  const slow = results.flatMap(({ pairs }) => pairs).filter(isBacklog).length;
  const table = printTable([
    ['', 'p95 ratio', 'p95 alone', 'p95 beside', 'p50 alone', 'p50 beside', 'longest beside'],
    ...results.map(({ backend, layout, pairs }) => {
      const of = (key: 'p50' | 'p95' | 'longest', which: keyof DelayPair) =>
        spreadOf(pairs.map((pair) => pair[which][key]));
      const ratio = spreadOf(pairs.map(({ alone, beside }) => beside.p95 / alone.p95));
      return [
        `${layout === 'own' ? '50 organizations' : 'one organization'}, ${backend}`,
        spread(ratio, 2),
        `${spread(of('p95', 'alone'))} ms`,
        `${spread(of('p95', 'beside'))} ms`,
        `${of('p50', 'alone').median.toFixed(0)} ms`,
        `${of('p50', 'beside').median.toFixed(0)} ms`,
        `${of('longest', 'beside').median.toFixed(0)} ms`,
      ];
    }),
  ]);
  return slow === 0
    ? table
    : `${table}\n${slow} of these could not keep up even alone: what they show is a backlog, not a delay.`;
}

const isBacklog = ({ alone }: DelayPair): boolean => alone.behindMs > BACKLOG_MS;

/** Of the last round. */
function describeFates({ backend, layout, pairs }: DelayResult): string {
  const last = pairs.at(-1)?.beside;
  const strange = pairs.map(({ beside }) => beside.privateConnections);
  const rows = last?.fates.map((fate) => [
    `${fate.endpoints} × ${fate.behaviour}`,
    ...[fate.events, fate.received, total(Object.values(fate.attempts))].map(count),
    ...['delivered', 'retrying', 'pending'].map((state) => count(fate.states[state] ?? 0)),
    otherStates(fate),
    Object.entries(fate.attempts)
      .map(([code, times]) => `${code} ${count(times)}`)
      .join(', '),
  ]);
  const head = ['', 'events', 'received', 'attempts', 'delivered', 'retrying', 'not tried yet'];
  return [
    `${LAYOUTS[layout]}, ${backend}; published ${last?.rate.toFixed(0)} a second; the last round:`,
    printTable([[...head, 'else', 'attempts by answer'], ...(rows ?? [])]),
    `connections to where the redirects lead, in each round: ${strange.join(', ')}`,
  ].join('\n');
}

const otherStates = ({ states, events }: Fate): string =>
  count(events - total(['delivered', 'retrying', 'pending'].map((state) => states[state] ?? 0)));

function rateTable(rounds: readonly RateRound[]): string {
  const names = [...(rounds[0]?.keys() ?? [])].toSorted();
  const kinds = ['sender', 'postgres', 'redis', 'receivers'];
  return printTable([
    ['', 'of the bare loop', 'deliveries/s', ...kinds.map((kind) => `CPU ${kind}`)],
    ...names.map((name) => {
      const own = rounds.flatMap((round) => round.get(name) ?? []);
      const ratios = rounds.flatMap((round) => {
        const [ours, bare] = [round.get(name), round.get('bare')];
        return ours && bare ? [(100 * perSecond(ours)) / perSecond(bare)] : [];
      });
      return [
        name === 'bare' ? 'bare loop' : `Usher on ${name}`,
        `${spread(spreadOf(ratios), 1)} %`,
        spread(spreadOf(own.map(perSecond))),
        ...kinds.map((kind) => {
          const used = own.flatMap((each) => {
            const seconds = each.cpuSeconds[kind];
            return seconds === undefined ? [] : [(seconds * 1_000) / each.deliveries];
          });
          return used.length === 0 ? '-' : `${spreadOf(used).median.toFixed(2)} s/1,000`;
        }),
      ];
    }),
  ]);
}

const perSecond = ({ deliveries, seconds }: Rate): number => deliveries / seconds;
const count = (number: number) => Math.round(number).toLocaleString('en-US');
const spread = ({ median, least, most }: Spread, digits = 0) =>
  `${median.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
