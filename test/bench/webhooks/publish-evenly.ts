import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoint } from './create-endpoints.ts';
import { publishTo, type Stage } from './start-stage.ts';

/** A machine that cannot even publish at this rate measures a backlog. */
const MOST_OPEN = 200;

/**
 * Publish events one by one at a steady rate, in turn to every endpoint, each in a transaction of its
 * own. The turns of endpoints that are left out pass in silence, so that all others keep their moments.
 * @param places how many endpoints there are with those that are left out.
 * @returns events a second that were really published, those left out included.
 */
export async function publishEvenly(
  stage: Stage,
  endpoints: readonly Endpoint[],
  { events, places, rate }: { events: number; places: number; rate: number },
): Promise<number> {
  const byPlace = new Map(endpoints.map((each) => [each.place, each]));
  const open = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const publish = async (endpoint: Endpoint, n: number) => {
    if (await publishTo(stage.system.db, endpoint, n)) stage.wake();
  };
  const began = performance.now();
  for (let n = 0; n < events; n += 1) {
    const early = began + (n * 1_000) / rate - performance.now();
    if (early > 1) await delay(early);
    const endpoint = byPlace.get(n % places);
    if (!endpoint) continue;
    const publishing = publish(endpoint, n)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => open.delete(publishing));
    open.add(publishing);
    if (open.size >= MOST_OPEN) await Promise.race(open);
  }
  await Promise.all(open);
  if (failures.length > 0) throw failures[0];
  return (events * 1_000) / (performance.now() - began);
}
