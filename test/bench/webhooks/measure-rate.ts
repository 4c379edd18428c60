import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../../support/wait-for.ts';
import { cpuSecondsOf } from '../support/processes.ts';
import { createEndpoints } from './create-endpoints.ts';
import { readFates, total } from './read-fates.ts';
import { startReceivers } from './start-receivers.ts';
import { publishTo, startStage, warmUp, type Backend, type Venue } from './start-stage.ts';

export interface RateSize {
  endpoints: number;
  deliveries: number;
  /** Before, over all endpoints. */
  warmUp: number;
}

export interface Rate {
  deliveries: number;
  seconds: number;
  /** Of CPU, by kind of process; `sender` is the worker, or the bare loop. */
  cpuSeconds: Record<string, number>;
}

const LOOK_EVERY_MS = 50;

/**
 * How fast one worker drains a backlog of deliveries to healthy endpoints, from the commit that makes
 * them due until the last of them is recorded.
 * @throws when one of them was not delivered at its first attempt.
 */
export async function measureRate(venue: Venue, backend: Backend, size: RateSize): Promise<Rate> {
  const behaviours = Array.from({ length: size.endpoints }, () => 'healthy' as const);
  const receivers = await startReceivers(behaviours);
  const stage = await startStage(venue, backend);
  try {
    const { db } = stage.system;
    const endpoints = await createEndpoints(stage, 'own', behaviours, receivers.urls);
    await warmUp(stage, endpoints, Math.ceil(size.warmUp / endpoints.length));
    await receivers.reset();
    const since = new Date();
    const pids = {
      sender: stage.workerPid,
      receivers: receivers.pid,
      postgres: venue.postgresPid,
      redis: backend === 'redis' ? venue.redis.pid() : undefined,
    };
    let began = 0;
    let before: Record<string, number> = {};
    await db.transaction().execute(async (trx) => {
      for (let n = 0; n < size.deliveries; n += 1) {
        const endpoint = endpoints[n % endpoints.length];
        if (endpoint) await publishTo(trx, endpoint, n);
      }
      before = cpuSeconds(pids);
      began = performance.now();
    });
    stage.wake();
    while ((await receivers.count()) < size.deliveries) {
      await delay(LOOK_EVERY_MS);
      if (performance.now() - began > 300_000) throw new Error('300 s, and not all has arrived');
    }
    await waitFor('all is recorded', () => stage.ended(endpoints));
    const seconds = (performance.now() - began) / 1_000;
    const after = cpuSeconds(pids);

    const [fate] = await readFates(db, endpoints, since, [await receivers.arrivals()]);
    const once = [
      fate?.states.delivered,
      fate?.attempts.delivered,
      total(Object.values(fate?.attempts ?? {})),
    ];
    if (once.some((count) => count !== size.deliveries)) {
      throw new Error(`not every delivery succeeded at once: ${JSON.stringify(fate)}`);
    }
    return {
      deliveries: size.deliveries,
      seconds,
      cpuSeconds: Object.fromEntries(
        Object.entries(after).map(([kind, used]) => [kind, used - (before[kind] ?? 0)]),
      ),
    };
  } finally {
    await receivers.stop();
    await stage.close();
  }
}

function cpuSeconds(pids: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(pids).flatMap(([kind, pid]) => {
      const seconds = pid === undefined ? undefined : cpuSecondsOf(pid);
      return seconds === undefined ? [] : [[kind, seconds]];
    }),
  );
}
