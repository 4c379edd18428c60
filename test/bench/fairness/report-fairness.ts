import { printTable } from '../support/print-table.ts';
import type { Spread } from '../support/spread.ts';
import type { SuiteResult } from '../support/suite.ts';
import type { Delay } from './measure-delay.ts';
import type { RedisUse } from './measure-redis-memory.ts';
import type { Shares, Starvation } from './measure-shares.ts';
import type { Backend } from './setting.ts';

/** What was found on one backend with one number of workers. */
export interface Fairness {
  backend: Backend;
  workers: number;
  delay: Delay;
  shares?: Shares;
  starvation?: Starvation;
  memory?: { few: RedisUse; many: RedisUse };
}

/** How much longer a small tenant may wait under a flood, at the 95th percentile. */
const PROMISED_RATIO = 2;

/** Tables for people, ratios first, and everything for machines. */
export function reportFairness(
  results: readonly Fairness[],
  size: { backlog: number; samples: number },
): SuiteResult {
  const sections = [
    `A small tenant's 50 targets, from POST to the answer that names every outcome, while another\n` +
      `organization has ${count(size.backlog)} targets waiting; ${size.samples} samples in each half of a round,\n` +
      `medians of the rounds (least to most). Promised: a ratio of at most ${PROMISED_RATIO}.`,
    delayTable(results),
    restTable(results),
    ...results.flatMap(({ memory }) => (memory ? [memoryTable(memory)] : [])),
  ];
  return {
    text: sections.filter((section) => section !== '').join('\n\n'),
    data: { promised_ratio: PROMISED_RATIO, ...size, results },
  };
}

function delayTable(results: readonly Fairness[]): string {
  return printTable([
    ['backend, workers', 'p95 ratio', 'p95 idle', 'p95 flood', 'p50 idle', 'p50 flood', 'flood/s'],
    ...results.map(({ backend, workers, delay }) => [
      `${backend}, ${workers}`,
      spread(delay.ratio, 2),
      `${spread(delay.idleP95)} ms`,
      `${spread(delay.floodP95)} ms`,
      `${delay.idleP50.median.toFixed(0)} ms`,
      `${delay.floodP50.median.toFixed(0)} ms`,
      count(delay.floodPerSecond),
    ]),
  ]);
}

function restTable(results: readonly Fairness[]): string {
  const rows = results.flatMap(({ backend, workers, shares, starvation }) =>
    shares && starvation
      ? [
          [
            `${backend}, ${workers}`,
            `${shares.weights.toReversed().join(' : ')} served ${shares.ratio.toFixed(2)} : 1`,
            `${starvation.organizations} at once`,
            `${starvation.longestGapMs.toFixed(0)} ms of ${starvation.durationMs.toFixed(0)}`,
            starvation.leastOverMost.toFixed(2),
          ],
        ]
      : [],
  );
  if (rows.length === 0) return '';
  return printTable([
    ['backend, workers', 'weights', 'organizations', 'longest gap', 'least over most served'],
    ...rows,
  ]);
}

function memoryTable(memory: { few: RedisUse; many: RedisUse }): string {
  const ratio = (memory.many.bytes / memory.few.bytes).toFixed(2);
  return `${printTable([
    ['targets waiting in Postgres', 'used_memory of Redis', 'keys'],
    ...[memory.few, memory.many].map((each) => [
      `at least ${count(each.waiting)}`,
      `${(each.bytes / 2 ** 20).toFixed(2)} MiB`,
      String(each.keys),
    ]),
  ])}\nratio ${ratio}`;
}

const count = (number: number) => Math.round(number).toLocaleString('en-US');
const spread = ({ median, least, most }: Spread, digits = 0) =>
  `${median.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
