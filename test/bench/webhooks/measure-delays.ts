import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { waitFor } from '../../support/wait-for.ts';
import { percentile } from '../fairness/percentile.ts';
import { endpointsOf, type Behaviour } from './behaviours.ts';
import { createEndpoints, type Layout } from './create-endpoints.ts';
import { publishEvenly } from './publish-evenly.ts';
import { readFates, type Fate } from './read-fates.ts';
import { startReceivers, type Arrival } from './start-receivers.ts';
import { startStage, warmUp, type Backend, type Venue } from './start-stage.ts';

export interface DelaySize {
  endpoints: number;
  events: number;
  /** Events a second, those to endpoints that fail included. */
  rate: number;
  /** Deliveries to each healthy endpoint before. */
  warmUp: number;
}

export interface Delays {
  /** Milliseconds from an event's creation to its arrival at a healthy endpoint. */
  p50: number;
  p95: number;
  longest: number;
  /** Events a second that were really published. */
  rate: number;
  /** From the last event until the healthy had everything: as long as a delay, or else it was a backlog. */
  behindMs: number;
  fates: Fate[];
  /** Connections to where redirects lead. */
  privateConnections: number;
}

/**
 * How long healthy endpoints wait, beside others that fail or without them: the same events for the
 * healthy at the same moments either way. Their receivers are in a process of their own, and the failing
 * ones in another.
 */
export async function measureDelays(
  venue: Venue,
  where: { backend: Backend; layout: Layout; alone: boolean },
  size: DelaySize,
): Promise<Delays> {
  const behaviours = endpointsOf(size.endpoints);
  const isHealthy = (behaviour: Behaviour) => behaviour === 'healthy';
  // Every place has a server in both, so that places are the same; half of them are never asked.
  const [well, ill] = await Promise.all([startReceivers(behaviours), startReceivers(behaviours)]);
  const stage = await startStage(venue, where.backend);
  try {
    const urls = behaviours.map((behaviour, place) => {
      if (isHealthy(behaviour)) return well.urls[place];
      return where.alone ? undefined : ill.urls[place];
    });
    const endpoints = await createEndpoints(stage, where.layout, behaviours, urls);
    const healthy = endpoints.filter(({ behaviour }) => isHealthy(behaviour));
    await warmUp(stage, healthy, size.warmUp);
    await well.reset();
    const { db } = stage.system;
    const since = await readClock(db);
    const rate = await publishEvenly(stage, endpoints, { ...size, places: size.endpoints });
    const published = performance.now();
    const done = () => stage.ended(healthy);
    await waitFor('the healthy ones have got everything', done, 120_000);
    const behindMs = performance.now() - published;

    const arrivals = await well.arrivals();
    const fates = await readFates(db, endpoints, since, [arrivals, await ill.arrivals()]);
    const privateConnections = (await ill.privateConnections()) + (await well.privateConnections());
    const waits = await waitsOf(db, since, arrivals);
    const expected = fates.find(({ behaviour }) => isHealthy(behaviour))?.events;
    if (waits.length !== expected) {
      throw new Error(`${waits.length} events of ${expected} arrived at healthy endpoints`);
    }
    return {
      p50: percentile(waits, 0.5),
      p95: percentile(waits, 0.95),
      longest: percentile(waits, 1),
      rate,
      behindMs,
      fates,
      privateConnections,
    };
  } finally {
    // First, so that the worker need not wait for those that hang.
    await Promise.all([ill.stop(), well.stop()]);
    await stage.close();
  }
}

async function readClock(db: Kysely<Database>): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
  return rows[0]?.now as Date;
}

/** Of each event, from its row's creation to its first arrival: both are times of the system's clock. */
async function waitsOf(
  db: Kysely<Database>,
  since: Date,
  arrivals: readonly Arrival[][],
): Promise<number[]> {
  const { rows } = await sql<{ id: string; ms: number }>`
    select id, (extract(epoch from created_at) * 1000)::float8 as ms from events
    where created_at >= ${since}`.execute(db);
  const created = new Map(rows.map(({ id, ms }) => [id, ms]));
  const first = new Map<string, number>();
  for (const { eventId, at } of arrivals.flat()) {
    first.set(eventId, Math.min(at, first.get(eventId) ?? at));
  }
  return [...first].map(([id, at]) => {
    const ms = created.get(id);
    if (ms === undefined) throw new Error(`event ${id} arrived, and was never published`);
    return at - ms;
  });
}
