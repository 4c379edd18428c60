import { setTimeout as delay } from 'node:timers/promises';
import type { TrialSystem } from '../servers/trial-system.ts';
import { pendingFailpoints } from '../servers/worker-failpoints.ts';
import { readLeft } from './outstanding.ts';

const EVERY_MS = 50;
const TOLD_EVERY_MS = 15_000;

/**
 * Wait until traps, failpoints and mail faults have met what they wait for, or there is nothing left to
 * meet, or `mostMs` are over.
 */
export async function untilSpent(
  system: TrialSystem,
  clients: Promise<void>,
  mostMs: number,
): Promise<void> {
  let answered = false;
  void clients.then(() => (answered = true));
  const until = performance.now() + mostMs;
  while (performance.now() < until) {
    const armed = [...system.proxies.values()].reduce((sum, proxy) => sum + proxy.armed(), 0);
    if (armed + system.smtp.pending() + pendingFailpoints(system) === 0) return;
    const left = await readLeft(system);
    if (answered && left && left.tasks + left.jobs === 0 && system.frozen.size === 0) return;
    await delay(EVERY_MS);
  }
}

/**
 * Wait until every client has its answer and nothing is left to do. @returns false once the signal
 * aborts.
 */
export async function untilSettled(
  system: TrialSystem,
  [clients, acceptances]: [Promise<void>, () => Promise<void>],
  signal: AbortSignal,
  note: (what: string) => void,
): Promise<boolean> {
  let answered = false;
  void clients.then(() => (answered = true));
  for (let told = performance.now(); !signal.aborted;) {
    const left = await readLeft(system);
    const idle = left && left.tasks + left.jobs + left.sendings + left.deliveries === 0;
    if (idle && answered) {
      await acceptances();
      return true;
    }
    if (performance.now() - told > TOLD_EVERY_MS) {
      told = performance.now();
      note(`waiting: ${JSON.stringify(left)}${answered ? '' : ', clients too'}`);
    }
    await delay(EVERY_MS);
  }
  return false;
}
