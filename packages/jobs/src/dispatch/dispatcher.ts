import { listen } from '@usher/db';
import type { Lane } from '@usher/queue';
import type { Logger } from '@usher/telemetry';
import { DISPATCH_CHANNEL } from '../engine.ts';
import { VirtualTime } from './fair-pick.ts';
import {
  countSent,
  countWorkers,
  fillLane,
  readWaiting,
  unmarkUnsent,
  type DispatchContext,
} from './fill-lane.ts';
import { competeForLeadership } from './leadership.ts';
import { sweep } from './sweep.ts';

const SWEEP_MS = 2_000;
const AFTER_FAILURE_MS = 500;

export interface Dispatcher {
  leading(): boolean;
  close(): Promise<void>;
}

/**
 * Runs in every worker process; one at a time leads. It moves due tasks from Postgres into the
 * queue's small windows whenever something is said on the dispatch channel, a task falls due, or a
 * sweep comes round.
 */
export function startDispatcher(
  options: Omit<DispatchContext, 'unsent'> & { databaseUrl: string; logger: Logger },
): Dispatcher {
  const { logger } = options;
  const context: DispatchContext = { ...options, unsent: new Set() };
  const times = new Map<Lane, VirtualTime>();
  let leading = false;
  let closed = false;
  let running: Promise<void> | undefined;
  let wanted = false;
  let swept = 0;
  let workers = 1;
  let timer: NodeJS.Timeout | undefined;

  /** One round over all lanes. @returns milliseconds until something falls due, at most a sweep. */
  async function round(): Promise<number> {
    if (performance.now() - swept >= SWEEP_MS) {
      await sweep(context.db, context.queue);
      workers = await countWorkers(context.db);
      swept = performance.now();
    }
    await unmarkUnsent(context);
    let next = SWEEP_MS;
    for (let sent = 1; sent > 0 && leading && !closed;) {
      sent = 0;
      const waiting = await readWaiting(context.db);
      const inQueue = waiting.some((each) => each.due) ? await countSent(context.db) : new Map();
      for (const [lane, each] of Map.groupBy(waiting, (one) => one.lane)) {
        const free = (context.windows[lane] ?? 0) * workers - (inQueue.get(lane) ?? 0);
        const due = each.filter((one) => one.due);
        for (const one of each) if (!one.due) next = Math.min(next, one.dueInMs);
        if (free > 0 && due.length > 0)
          sent += await fillLane(context, lane, free, due, timeOf(lane));
      }
    }
    for (const time of times.values()) time.prune();
    return next;
  }

  function timeOf(lane: Lane): VirtualTime {
    const known = times.get(lane) ?? new VirtualTime();
    times.set(lane, known);
    return known;
  }

  function run(): void {
    wanted = true;
    if (running || !leading || closed) return;
    clearTimeout(timer);
    wanted = false;
    running = round()
      .catch((error: unknown) => {
        logger.warn({ error }, 'a dispatch round failed');
        return AFTER_FAILURE_MS;
      })
      .then((pause) => {
        running = undefined;
        if (closed || !leading) return;
        if (wanted) run();
        else timer = setTimeout(run, Math.max(5, pause));
      });
  }

  const leadership = competeForLeadership({
    url: options.databaseUrl,
    onChange: (now) => {
      leading = now;
      logger.info({ leading }, 'dispatcher');
      swept = Number.NEGATIVE_INFINITY;
      run();
    },
    onError: (error) => logger.warn({ error }, 'the dispatcher lost its connection'),
  });
  const listener = listen({
    url: options.databaseUrl,
    application: 'usher-dispatch-listener',
    channel: DISPATCH_CHANNEL,
    onMessage: run,
    onConnected: run,
    onError: (error) => logger.warn({ error }, 'the dispatch channel was lost'),
  });

  return {
    leading: () => leading,
    async close() {
      closed = true;
      clearTimeout(timer);
      await Promise.all([listener.close(), leadership.close(), running]);
    },
  };
}
