import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { BEHAVIOURS, type Behaviour } from './behaviours.ts';
import type { Endpoint } from './create-endpoints.ts';
import type { Arrival } from './start-receivers.ts';

/** What became of the events for all endpoints of one behaviour. */
export interface Fate {
  behaviour: Behaviour;
  endpoints: number;
  events: number;
  /** Requests whose body was whole. */
  received: number;
  /** Deliveries by state. */
  states: Record<string, number>;
  /** Attempts in the log, by what came of them. */
  attempts: Record<string, number>;
}

interface Row {
  id: string;
  key: string;
  count: number;
}

/** @param arrivals of each process of receivers, by place. */
export async function readFates(
  db: Kysely<Database>,
  endpoints: readonly Endpoint[],
  since: Date,
  arrivals: ReadonlyArray<readonly Arrival[][]>,
): Promise<Fate[]> {
  const states = await sql<Row>`
    select endpoint_id as id, state as key, count(*)::int as count from deliveries
    where created_at >= ${since} group by 1, 2`.execute(db);
  const attempts = await sql<Row>`
    select endpoint_id as id, code as key, count(*)::int as count
    from deliveries join delivery_attempts as attempt on delivery_id = deliveries.id
    where created_at >= ${since} group by 1, 2`.execute(db);
  return BEHAVIOURS.flatMap((behaviour) => {
    const own = endpoints.filter((endpoint) => endpoint.behaviour === behaviour);
    if (own.length === 0) return [];
    const byState = sumUp(own, states.rows);
    const received = own.map(({ place }) =>
      arrivals.reduce((sum, each) => sum + (each[place]?.length ?? 0), 0),
    );
    return {
      behaviour,
      endpoints: own.length,
      events: total(Object.values(byState)),
      received: total(received),
      states: byState,
      attempts: sumUp(own, attempts.rows),
    };
  });
}

function sumUp(endpoints: readonly Endpoint[], rows: readonly Row[]): Record<string, number> {
  const ids = new Set(endpoints.map(({ id }) => id));
  const sums: Record<string, number> = {};
  for (const { id, key, count } of rows) if (ids.has(id)) sums[key] = (sums[key] ?? 0) + count;
  return sums;
}

export const total = (numbers: readonly number[]): number =>
  numbers.reduce((sum, each) => sum + each, 0);
