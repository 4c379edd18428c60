import { listen } from '@usher/db';
import type { Lane } from '@usher/queue';
import type { Logger } from '@usher/telemetry';
import { DISPATCH_CHANNEL, SWEEP } from '../engine.ts';
import type { DispatchContext } from './fill-lane.ts';
import { competeForLeadership } from './leadership.ts';
import { lookAround } from './look-around.ts';
import { runLane, type Window } from './run-lane.ts';
import { recallInherited, sweep } from './sweep.ts';

const SWEEP_MS = 2_000;
const AFTER_FAILURE_MS = 500;

export interface Dispatcher {
  leading(): boolean;
  close(): Promise<void>;
}

/**
 * Runs in every worker process; one at a time leads. It moves due tasks from Postgres into the
 * queue's small windows whenever a lane is named on the dispatch channel, a task falls due, or a
 * sweep comes round.
 */
export function startDispatcher(
  options: Omit<DispatchContext, 'unsent'> & {
    databaseUrl: string;
    logger: Logger;
    /** What each lane's queue may hold for each worker. */
    windows: Readonly<Partial<Record<Lane, Window>>>;
  },
): Dispatcher {
  const { db, logger, queue, windows } = options;
  let leading = false;
  /** Nothing is sent before a sweep has told whether the store still holds what was sent. */
  let swept = false;
  let inherited = true;
  let closed = false;
  let workers = 1;
  let sweeping: Promise<void> | undefined;
  /** Asked for while one was under way, which may have looked too early. */
  let wanted = false;
  let timer: NodeJS.Timeout | undefined;

  const lanes = new Map(
    (Object.entries(windows) as Array<[Lane, Window]>).map(([lane, window]) => [
      lane as string,
      runLane(lane, {
        ...options,
        atMostMs: SWEEP_MS,
        window: () => (leading && swept ? times(window, workers) : undefined),
        onFailure: () => sweepSoon(AFTER_FAILURE_MS),
      }),
    ]),
  );
  const runAll = () => {
    for (const lane of lanes.values()) lane.run();
  };

  /** What failed may have been the store: until a sweep succeeds, nothing more is handed to it. */
  function sweepSoon(ms: number): void {
    swept = false;
    clearTimeout(timer);
    timer = setTimeout(sweepNow, ms);
  }

  function sweepNow(): void {
    wanted = sweeping !== undefined;
    if (sweeping || closed || !leading) return;
    clearTimeout(timer);
    sweeping = (async () => {
      const found = await lookAround(db, [...lanes.keys()]);
      await sweep(db, queue, { found, thorough: !swept });
      if (inherited) await recallInherited(db);
      inherited = false;
      workers = found.workers;
      // What was recalled or released just now may wait where nothing did.
      return found.sent || found.held ? [...lanes.keys()] : found.waiting;
    })()
      .then(
        (waiting) => {
          swept = leading;
          for (const [name, lane] of lanes) if (waiting.includes(name) || lane.wanted()) lane.run();
          return SWEEP_MS;
        },
        (error: unknown) => {
          logger.warn({ error }, 'a sweep failed');
          swept = false;
          return AFTER_FAILURE_MS;
        },
      )
      .then((pause) => {
        sweeping = undefined;
        clearTimeout(timer);
        if (!closed) timer = setTimeout(sweepNow, wanted ? 0 : pause);
      });
  }

  const leadership = competeForLeadership({
    url: options.databaseUrl,
    onChange: (now) => {
      leading = now;
      inherited = true;
      logger.info({ leading }, 'dispatcher');
      sweepSoon(0);
    },
    onError: (error) => logger.warn({ error }, 'the dispatcher lost its connection'),
  });
  const listener = listen({
    url: options.databaseUrl,
    application: 'usher-dispatch-listener',
    channel: DISPATCH_CHANNEL,
    onMessage(payload) {
      for (const name of payload.split(',')) {
        const lane = lanes.get(name);
        if (lane) lane.run();
        else if (name === SWEEP) sweepNow();
        else runAll();
      }
    },
    onConnected: runAll,
    onError: (error) => logger.warn({ error }, 'the dispatch channel was lost'),
  });

  return {
    leading: () => leading,
    async close() {
      closed = true;
      clearTimeout(timer);
      const running = [...lanes.values()].map((lane) => lane.close());
      await Promise.all([listener.close(), leadership.close(), sweeping, ...running]);
    },
  };
}

const times = ({ messages, share, ...how }: Window, workers: number): Window => ({
  ...how,
  messages: messages * workers,
  ...(share !== undefined && { share: share * workers }),
});
