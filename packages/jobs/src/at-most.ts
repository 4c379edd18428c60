/** Runs the work, or has it wait its turn: first come, first served. */
export type AtMost = <Result>(run: () => Promise<Result>) => Promise<Result>;

/** @param most how much of it runs at once. */
export function atMost(most: number): AtMost {
  const queued: Array<() => void> = [];
  let running = 0;
  return async (run) => {
    if (running < most) running += 1;
    else await new Promise<void>((resolve) => queued.push(resolve));
    try {
      return await run();
    } finally {
      const next = queued.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
