/** Why a send was stopped from our side: its time was up, its caller or the mailer gave up. */
export class Stopped extends Error {
  readonly code: 'smtp_timeout' | 'aborted' | 'mailer_closed';

  constructor(code: Stopped['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** A signal that aborts with a `Stopped` after `timeoutMs`, or when `caller` does; `end` frees it. */
export function startDeadline(
  timeoutMs: number,
  caller?: AbortSignal,
): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const onAbort = () => controller.abort(new Stopped('aborted', 'The sending was aborted'));
  const timer = setTimeout(() => {
    const message = `The mail server did not answer within ${timeoutMs} ms`;
    controller.abort(new Stopped('smtp_timeout', message));
  }, timeoutMs);
  if (caller?.aborted) onAbort();
  caller?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', onAbort);
    },
  };
}
