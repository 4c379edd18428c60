/** Aborted at the first SIGINT, SIGTERM or SIGHUP, which then no longer ends the process by itself. */
export function stopSignal(): { signal: AbortSignal; release(): void } {
  const stop = new AbortController();
  const abort = (name: NodeJS.Signals) => stop.abort(new Error(`stopped by ${name}`));
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, abort);
  return {
    signal: stop.signal,
    release() {
      for (const name of names) process.off(name, abort);
    },
  };
}
