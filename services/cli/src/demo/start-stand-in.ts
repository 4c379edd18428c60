import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(
  new URL('../../../../test/support/fake-billing/main.ts', import.meta.url),
);
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 2_000;

/** A billing provider on this machine that speaks Stripe and bills nobody. */
export interface StandIn {
  apiBase: string;
  apiKey: string;
  /** From now on no customer is made for this group, for this reason. */
  refuse(groupId: string, reason: string): Promise<void>;
  /** May be called twice. */
  stop(): Promise<void>;
}

/**
 * Start it as a process of its own, which also ends when this one is killed.
 * @throws when it does not start, or the signal aborts first; nothing is left running.
 */
export async function startStandIn(signal: AbortSignal): Promise<StandIn> {
  signal.throwIfAborted();
  // Detached: a Ctrl-C in the terminal must not take it from a worker that is still draining.
  const child = spawn(process.execPath, [PROGRAM], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the stand-in for Stripe ended unexpectedly');
    return JSON.parse(value);
  };
  // One that has ended takes no input; what waits for its next line says so.
  child.stdin.on('error', () => undefined);
  const stop = async () => {
    child.stdin.end();
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited.finally(() => clearTimeout(kill));
  };
  const starting = AbortSignal.any([signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
  const giveUp = () => child.kill('SIGKILL');
  starting.addEventListener('abort', giveUp, { once: true });
  try {
    const ready = (await nextLine()) as { stripe_base: string; api_key: string };
    starting.throwIfAborted();
    return {
      apiBase: ready.stripe_base,
      apiKey: ready.api_key,
      async refuse(groupId, reason) {
        child.stdin.write(`${JSON.stringify({ refuse: groupId, reason })}\n`);
        await nextLine();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw starting.aborted ? starting.reason : error;
  } finally {
    starting.removeEventListener('abort', giveUp);
  }
}
