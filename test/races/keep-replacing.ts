import type { Part, System } from '../support/system.ts';

export interface Replaced {
  /** How many workers have ended, those included that were never ready. */
  ended: number;
  /** Those that are ready, oldest first. */
  alive: Set<Part>;
  /** Replace no more; resolves when none is being started any more. */
  stop(): Promise<void>;
}

/** What a kill leaves behind: a worker that was never ready, a request cut off. Kept for a look. */
const cutOff: Error[] = [];
export const expected = (error: Error): undefined => void cutOff.push(error);

/** What a supervisor does: whenever a worker ends, start another in its place. */
export function keepReplacing(system: System, environment: Record<string, string> = {}): Replaced {
  const starting = new Set<Promise<Part | undefined>>();
  let stopped = false;
  const replaced: Replaced = {
    ended: 0,
    alive: new Set(),
    async stop() {
      stopped = true;
      await Promise.all(starting);
    },
  };
  const keepPlace = async (first: Part): Promise<void> => {
    for (let worker: Part | undefined = first; ;) {
      if (worker) {
        replaced.alive.add(worker);
        await worker.exited;
        replaced.alive.delete(worker);
      }
      if (stopped) return;
      replaced.ended += 1;
      // Undefined when it was killed before it was ready: its place is filled all the same.
      const next = system.startWorker(environment).catch(expected);
      starting.add(next);
      worker = await next;
      starting.delete(next);
    }
  };
  for (const worker of system.workers) void keepPlace(worker);
  return replaced;
}
