import type pg from 'pg';

/** BullMQ lets each lane be checked once in its interval: a timer may be a little early. */
export const RECOVERY_SLACK = 0.9;

/** What we use of BullMQ's `Worker`. */
interface Recoverer {
  name: string;
  getBackend(): { moveStalledJobsToWait(): Promise<unknown> };
  on(event: 'closing', listener: () => void): unknown;
}

export interface Recovery {
  /** Have this worker give back what processes that died had in hand, as long as it is open. */
  watch<W extends Recoverer>(worker: W, everyMs: number): W;
  close(): void;
}

/**
 * BullMQ's own check for messages whose holder fell silent, without its five timers: one statement tells
 * in which lanes anything is in hand at all, and only those are checked.
 */
export function recoverStalled(pool: pg.Pool, onError: (error: Error) => void): Recovery {
  const workers = new Set<Recoverer>();
  let timer: NodeJS.Timeout | undefined;

  async function check(): Promise<void> {
    const { rows } = await pool.query<{ queue: string }>(
      `select distinct queue from job where state = 'active'`,
    );
    const inHand = new Set(rows.map(({ queue }) => queue));
    const wanted = [...workers].filter(({ name }) => inHand.has(name));
    // A worker that closes meanwhile never answers: nobody waits behind it.
    await Promise.all(wanted.map((worker) => worker.getBackend().moveStalledJobsToWait()));
  }
  const run = () => {
    if (workers.size > 0) check().catch(onError);
  };

  return {
    watch(worker, everyMs) {
      workers.add(worker);
      worker.on('closing', () => workers.delete(worker));
      if (timer === undefined) {
        timer = setInterval(run, everyMs);
        run();
      }
      return worker;
    },
    close: () => clearInterval(timer),
  };
}
