import type { Lane } from '@usher/queue';
import type { Logger } from '@usher/telemetry';
import { VirtualTime } from './fair-pick.ts';
import { fillLane, readWaiting, unmarkUnsent, type DispatchContext } from './fill-lane.ts';
import { readNextOpening } from './read-candidates.ts';

/** After filling, look once more soon: what else is due, and when; wakes in between are one with it. */
const AGAIN_MS = 20;
const AFTER_FAILURE_MS = 500;
/** A window emptied by less than this is not worth a round: its slots have work enough. */
const WORTHWHILE = 1 / 4;

/** How full a lane's queue is kept. */
export interface Window {
  /** Counted in tasks. */
  messages: number;
  /**
   * For a lane in which every destination has a gate: the messages that one organization may have there.
   */
  share?: number;
  /** How many tasks travel in one message; 1 unless given. */
  together?: number;
}

export interface LaneRunner {
  /** Something may have changed: look, now or as soon as the present round is over. */
  run(): void;
  /** Whether it was told to look and could not, since this process may not send. */
  wanted(): boolean;
  close(): Promise<void>;
}

/**
 * Keeps one lane's window filled, in rounds: when woken, when a task falls due, and never later than
 * `atMostMs` as long as anything waits. Lanes run beside each other, so that a flood in one delays none
 * of the others.
 */
export function runLane(
  lane: Lane,
  options: Omit<DispatchContext, 'unsent'> & {
    logger: Logger;
    atMostMs: number;
    /** How many messages the lane may hold now; undefined: this process may not send. */
    window: () => Window | undefined;
    onFailure: () => void;
  },
): LaneRunner {
  const { db, logger, atMostMs } = options;
  const context: DispatchContext = { ...options, unsent: new Set() };
  const time = new VirtualTime();
  let closed = false;
  let wanted = false;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  /** @returns milliseconds until there may be something to do without a wake; undefined: nothing waits. */
  async function round({ messages: window, share, together }: Window): Promise<number | undefined> {
    await unmarkUnsent(context);
    const waiting = await readWaiting(db, lane, Math.floor(window * (1 - WORTHWHILE)));
    if (waiting.length === 0) return undefined;
    const due = waiting.filter((each) => each.due);
    const next = Math.min(atMostMs, ...waiting.map((each) => (each.due ? atMostMs : each.dueInMs)));
    const free = window - (waiting[0]?.sent ?? 0);
    if (due.length === 0 || free <= 0 || free < window * WORTHWHILE) return next;
    const { again } = await fillLane(context, lane, free, due, time, { share, together });
    time.prune();
    if (again) return AGAIN_MS;
    // What is due waits at gates: until the first of them opens.
    return Math.min(next, (share !== undefined && (await readNextOpening(db))) || next);
  }

  function run(): void {
    wanted = true;
    const window = options.window();
    if (running || closed || window === undefined) return;
    clearTimeout(timer);
    wanted = false;
    running = round(window)
      .catch((error: unknown) => {
        logger.warn({ error, lane }, 'a dispatch round failed');
        options.onFailure();
        return AFTER_FAILURE_MS;
      })
      .then((pause) => {
        running = undefined;
        if (closed) return;
        if (wanted) run();
        else if (pause !== undefined) timer = setTimeout(run, Math.max(5, pause));
      });
  }

  return {
    run,
    wanted: () => wanted,
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
