import { classifyFailure } from '@usher/db';

const JOBS_PER_LOOK = 1_000;
/** After a look that failed. */
const RETRY_PAUSE_MS = 1_000;

/** Looking at jobs together, however many ask for it. */
export interface Looks {
  /** The number of the look that began last; they count from 1. */
  readonly begun: number;
  /** Have these looked at, by a look that has not begun yet. */
  ask(jobIds: Iterable<string>): void;
  /** Have those looked at again whose look failed when they were alone in it. */
  askFailed(): void;
  forget(jobId: string): void;
  stop(): void;
}

/**
 * Jobs that are due are looked at by one statement for all of them: the first at once, later ones after
 * a pause. A batch that fails for reasons that are not the database's is halved, down to the job at
 * fault, which holds up nobody else then.
 * @param options.pauseMs from one look's beginning to the next one's, by how long it took.
 * @param options.atOnce more than one, where a connection that falls silent must hold up only some.
 * @param options.isWanted whether anybody still asks.
 */
export function createLooks(options: {
  look: (jobIds: string[], number: number) => Promise<void>;
  pauseMs: (tookMs: number) => number;
  atOnce?: number;
  isWanted: (jobId: string) => boolean;
  onError: (error: Error) => void;
}): Looks {
  const { look, pauseMs, atOnce = 1, isWanted, onError } = options;
  /** With the number of jobs that each may be looked at with, itself included. */
  const due = new Map<string, number>();
  const failed = new Set<string>();
  let begun = 0;
  let running = 0;
  let notBefore = Number.NEGATIVE_INFINITY;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  function put(jobId: string, most: number): void {
    if (isWanted(jobId)) due.set(jobId, Math.min(due.get(jobId) ?? JOBS_PER_LOOK, most));
  }

  function schedule(): void {
    if (timer !== undefined || running >= atOnce || due.size === 0 || stopped) return;
    timer = setTimeout(() => void run(), Math.max(0, notBefore - performance.now()));
  }

  function take(): string[] {
    const taken: string[] = [];
    let most = JOBS_PER_LOOK;
    for (const [jobId, limit] of due) {
      if (taken.length >= most) break;
      if (taken.length >= limit) continue;
      most = Math.min(most, limit);
      taken.push(jobId);
    }
    for (const jobId of taken) due.delete(jobId);
    return taken;
  }

  async function run(): Promise<void> {
    timer = undefined;
    running += 1;
    begun += 1;
    const began = performance.now();
    const jobIds = take();
    const isAll = due.size === 0;
    notBefore = isAll ? began + pauseMs(0) : began;
    schedule();
    try {
      await look(jobIds, begun);
      for (const jobId of jobIds) failed.delete(jobId);
      if (isAll) notBefore = began + pauseMs(performance.now() - began);
    } catch (error) {
      onError(error as Error);
      notBefore = performance.now() + putBack(jobIds, error as Error);
    }
    running -= 1;
    schedule();
  }

  /** @returns the pause before the next look. */
  function putBack(jobIds: string[], error: Error): number {
    const isTheirs = classifyFailure(error) === 'counted';
    if (isTheirs && jobIds.length === 1) {
      for (const jobId of jobIds) if (isWanted(jobId)) failed.add(jobId);
      return pauseMs(0);
    }
    const most = isTheirs ? Math.ceil(jobIds.length / 2) : JOBS_PER_LOOK;
    for (const jobId of jobIds) put(jobId, most);
    return RETRY_PAUSE_MS;
  }

  function ask(jobIds: Iterable<string>): void {
    for (const jobId of jobIds) put(jobId, failed.has(jobId) ? 1 : JOBS_PER_LOOK);
    schedule();
  }

  return {
    get begun() {
      return begun;
    },
    ask,
    askFailed: () => ask(failed),
    forget(jobId) {
      due.delete(jobId);
      failed.delete(jobId);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
