/** A request that was stopped from our side: its time was up, or its caller gave up. */
export class Stopped extends Error {}

/** A signal that aborts with a `Stopped` after `timeoutMs`, or when `caller` does; `end` frees it. */
export function startDeadline(
  timeoutMs: number,
  caller: AbortSignal,
): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const onAbort = () => controller.abort(new Stopped('The call was aborted'));
  const timer = setTimeout(() => {
    controller.abort(new Stopped(`The provider did not answer within ${timeoutMs} ms`));
  }, timeoutMs);
  if (caller.aborted) onAbort();
  caller.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      caller.removeEventListener('abort', onAbort);
    },
  };
}
