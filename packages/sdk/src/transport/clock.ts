/** Timers take no more, and go off at once if they are given more: 24 days. */
export const LONGEST_MS = 2_147_483_647;

/** A signal that ends with the caller's, or when its time is over. */
export interface Clock {
  signal: AbortSignal;
  /** Whether it was the time that ended it. */
  readonly rang: boolean;
  /** From now on only the caller's signal ends it. */
  stop(): void;
  /** Ends nothing any more, and is held by nothing. */
  release(): void;
  /** Ends it now. */
  end(): void;
}

/**
 * Not `AbortSignal.any`: a caller's signal may outlive millions of requests, and must not keep them.
 * @throws the signal's reason, where it has been aborted.
 */
export function startClock(ms: number | undefined, signal: AbortSignal | undefined): Clock {
  signal?.throwIfAborted();
  const controller = new AbortController();
  let rang = false;
  const follow = () => controller.abort(signal?.reason);
  const timer =
    ms === undefined
      ? undefined
      : setTimeout(
          () => {
            rang = true;
            controller.abort();
          },
          Math.min(ms, LONGEST_MS),
        );
  signal?.addEventListener('abort', follow);
  const stop = () => clearTimeout(timer);
  const release = () => {
    stop();
    signal?.removeEventListener('abort', follow);
  };
  return {
    signal: controller.signal,
    get rang() {
      return rang;
    },
    stop,
    release,
    end() {
      release();
      controller.abort();
    },
  };
}

/** @throws the signal's reason, as soon as it is aborted. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const wake = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', wake);
      if (signal?.aborted) reject(signal.reason as Error);
      else resolve();
    };
    const timer = setTimeout(wake, Math.min(ms, LONGEST_MS));
    signal?.addEventListener('abort', wake);
  });
}
