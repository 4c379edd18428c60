import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { System, Tenant } from '../../support/system.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Flood } from './flood.ts';
import { undisturbed } from '../support/undisturbed.ts';
import { spreadOf, type Spread } from '../support/spread.ts';
import { percentile } from './percentile.ts';

/** A pause of random length between samples: in step with nothing. */
const PAUSE_MS = { least: 20, most: 120 };

export interface DelayOptions {
  system: System;
  small: Tenant;
  flood: Flood;
  /** Submissions in each half of a repetition. */
  samples: number;
  repetitions: number;
  /** Targets of the other organization that wait at any moment of the second halves. */
  backlog: number;
  /** Where given, what the host disturbs is measured once more, and it is told so. */
  log?: (line: string) => void;
}

export interface Delay {
  /** Milliseconds from POST to the answer that names all 50 outcomes, at the 95th percentile. */
  idleP95: Spread;
  floodP95: Spread;
  idleP50: Spread;
  floodP50: Spread;
  /** p95 under the flood over p95 idle, of each repetition. */
  ratio: Spread;
  /** The fewest targets that waited beside any sample. */
  leastWaiting: number;
  /** Targets of the flood finished in a second, meanwhile. */
  floodPerSecond: number;
}

let people = 0;

/** What a small tenant waits for its 50 targets: idle and under another's flood, alternating. */
export async function measureDelay(options: DelayOptions): Promise<Delay> {
  const { system, flood } = options;
  await sample(options, 10);
  const halves: Array<{ idle: number[]; under: number[] }> = [];
  const rates: number[] = [];
  let leastWaiting = Number.POSITIVE_INFINITY;
  const repeat = async () => {
    await quiet(system);
    const idle = await sample(options, options.samples);
    const doneBefore = await flood.done();
    await flood.release(options.backlog + flood.jobTargets);
    await waitFor('the flood is being worked', async () => (await flood.done()) > doneBefore);
    const began = { at: performance.now(), done: await flood.done() };
    const under = await sample(options, options.samples, async () => {
      const waiting = await flood.waiting();
      leastWaiting = Math.min(leastWaiting, waiting);
      if (waiting < options.backlog + flood.jobTargets / 2) await flood.release(1);
    });
    const seconds = (performance.now() - began.at) / 1_000;
    const rate = ((await flood.done()) - began.done) / seconds;
    await flood.end();
    return { idle, under, rate };
  };
  for (let repetition = 0; repetition < options.repetitions; repetition += 1) {
    const { log } = options;
    const { rate, ...half } = await (log ? undisturbed('a repetition', log, repeat) : repeat());
    rates.push(rate);
    halves.push(half);
  }
  const over = (half: 'idle' | 'under', part: number) =>
    spreadOf(halves.map((each) => percentile(each[half], part)));
  return {
    idleP95: over('idle', 0.95),
    floodP95: over('under', 0.95),
    idleP50: over('idle', 0.5),
    floodP50: over('under', 0.5),
    ratio: spreadOf(
      halves.map((each) => percentile(each.under, 0.95) / percentile(each.idle, 0.95)),
    ),
    leastWaiting,
    floodPerSecond: spreadOf(rates).median,
  };
}

/** Milliseconds of so many submissions of 50 targets, one after the other. */
async function sample(
  { system, small }: DelayOptions,
  count: number,
  between?: () => Promise<void>,
): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    await between?.();
    await delay(PAUSE_MS.least + Math.random() * (PAUSE_MS.most - PAUSE_MS.least));
    people += 1;
    const began = performance.now();
    const answer = await system.call('POST', '/api/v1/invites/bulk', {
      key: small.key,
      body: {
        invite_method: 'direct',
        email: `small-${people}@example.com`,
        website_ids: small.websiteIds,
      },
    });
    times.push(performance.now() - began);
    if (answer.status !== 200) throw new Error(`a small tenant was answered ${answer.status}`);
  }
  return times;
}

/** What the flood left behind is done with: nothing runs, and no vacuum or checkpoint is due. */
async function quiet(system: System): Promise<void> {
  await waitFor(
    'nothing is sent',
    async () => {
      const { rows } = await sql<{ sent: number }>`
        select count(*)::int as sent from tasks where sent_at is not null`.execute(system.db);
      return rows[0]?.sent === 0;
    },
    60_000,
  );
  await sql`vacuum analyze tasks, jobs, outcomes, website_members`.execute(system.db);
  await sql`checkpoint`.execute(system.db);
}
