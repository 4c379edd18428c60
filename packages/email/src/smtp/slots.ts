/** A fixed number of places, given out in the order of asking. */
export interface Slots {
  /** Waits for a place; rejects with the signal's reason if that aborts first. */
  take(signal?: AbortSignal): Promise<void>;
  give(): void;
}

export function createSlots(count: number): Slots {
  let free = count;
  const waiting = new Set<() => void>();
  return {
    take(signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        if (free > 0) {
          free -= 1;
          return resolve();
        }
        const onAbort = () => {
          waiting.delete(onTurn);
          reject(signal?.reason);
        };
        const onTurn = () => {
          waiting.delete(onTurn);
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        waiting.add(onTurn);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    give() {
      const [next] = waiting;
      if (next) next();
      else free += 1;
    },
  };
}
