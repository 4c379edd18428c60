/**
 * Lets many through at once, or one alone: a suspect task runs with nothing beside it, so that a
 * target that kills its process takes nobody with it. First come, first served, for both.
 */
export interface Turnstile {
  together<T>(work: () => Promise<T>): Promise<T>;
  alone<T>(work: () => Promise<T>): Promise<T>;
}

export function createTurnstile(): Turnstile {
  const waiting: Array<{ alone: boolean; go: () => void }> = [];
  let inside = 0;
  let occupiedAlone = false;

  const admit = () => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (occupiedAlone || (next.alone && inside > 0)) return;
      waiting.shift();
      inside += 1;
      occupiedAlone = next.alone;
      next.go();
    }
  };
  const pass = async <T>(alone: boolean, work: () => Promise<T>): Promise<T> => {
    await new Promise<void>((go) => {
      waiting.push({ alone, go });
      admit();
    });
    try {
      return await work();
    } finally {
      inside -= 1;
      occupiedAlone = false;
      admit();
    }
  };
  return {
    together: (work) => pass(false, work),
    alone: (work) => pass(true, work),
  };
}
