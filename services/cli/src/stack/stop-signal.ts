/** Why something stopped: a signal of this name. */
export class StoppedBy extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
    this.signal = signal;
  }
}

/**
 * Aborted, with a `StoppedBy`, at the first SIGINT, SIGTERM or SIGHUP, which then no longer ends the
 * process by itself.
 */
export function stopSignal(): { signal: AbortSignal; release(): void } {
  const stop = new AbortController();
  const abort = (name: NodeJS.Signals) => stop.abort(new StoppedBy(name));
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, abort);
  return {
    signal: stop.signal,
    release() {
      for (const name of names) process.off(name, abort);
    },
  };
}
