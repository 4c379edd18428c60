import { setTimeout as delay } from 'node:timers/promises';

/**
 * Ask again and again until the answer is neither false nor undefined, and give it.
 * @param options.timeoutMs how long to ask (milliseconds) before `undefined` is the answer.
 * @param options.everyMs the pause between two questions (milliseconds).
 */
export async function waitUntil<T>(
  ask: () => T | Promise<T>,
  options: { timeoutMs: number; everyMs?: number; signal?: AbortSignal },
): Promise<Exclude<T, false | undefined> | undefined> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const answer = await ask();
    if (answer !== false && answer !== undefined) return answer as Exclude<T, false | undefined>;
    if (performance.now() >= deadline) return undefined;
    await delay(options.everyMs ?? 50);
  }
}

/** Whether `promise` settles within `timeoutMs` (milliseconds); a rejection of it counts as settled. */
export async function settlesWithin(
  promise: Promise<unknown>,
  timeoutMs: number,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const settled = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}
