import { setTimeout as delay } from 'node:timers/promises';
import type { Standstill } from '../checker/evidence.ts';
import type { Fault } from '../plan/plan.ts';
import type { TrialSystem } from '../servers/trial-system.ts';
import { countOutstanding } from './outstanding.ts';

/** How long a kill waits for something that it can interrupt. */
const WORK_MS = 20_000;

export interface Injected {
  /** Processes killed while work was outstanding. */
  killedUnderLoad: number;
}

/**
 * Let one thing go wrong; resolves when it is over (a process that ended may still be on its way back,
 * and a trap at COMMIT waits until one comes).
 */
export async function injectFault(
  system: TrialSystem,
  fault: Fault,
  note: (what: string) => void,
  injected: Injected,
): Promise<void> {
  const { queue, postgres, billing } = system;
  switch (fault.kind) {
    case 'signal': {
      const left = await untilOutstanding(system);
      note(`${fault.signal} to ${fault.process}, ${left} tasks outstanding`);
      if (left > 0) injected.killedUnderLoad += 1;
      return system.processes.get(fault.process)?.signal(fault.signal);
    }
    case 'pause':
      note(`${fault.process} stopped for ${fault.ms} ms`);
      return pauseProcess(system, fault);
    case 'trap':
      return setTrap(system, fault, note);
    case 'cut-all':
      note(`all connections of ${fault.process} cut`);
      return system.proxies.get(fault.process)?.cutAll();
    case 'postgres-crash':
      note(`Postgres crashed, down for ${fault.downMs} ms`);
      return postgres.crash(fault.downMs);
    case 'queue-wipe':
      await untilOutstanding(system);
      note(`queue wiped (${fault.how})`);
      return queue.wipe(fault.how);
    case 'queue-restart':
      note(`queue killed, down for ${fault.downMs} ms, back empty`);
      return queue.restart(fault.downMs);
    case 'queue-pause':
      note(`queue silent for ${fault.ms} ms`);
      return queue.pause(fault.ms);
    case 'queue-full':
      note(`queue full for ${fault.ms} ms`);
      return queue.fill(fault.ms);
    case 'upstream-burst':
      note(`billing: ${fault.fault} for the next ${fault.calls} calls`);
      return billing.next(Array.from({ length: fault.calls }, () => fault.fault));
  }
}

async function untilOutstanding(system: TrialSystem): Promise<number> {
  for (let until = Number.POSITIVE_INFINITY; ;) {
    const left = await countOutstanding(system);
    // While Postgres is away nobody can say, and time does not count.
    until = left < 0 ? Number.POSITIVE_INFINITY : Math.min(until, performance.now() + WORK_MS);
    if (left > 0 || performance.now() > until) return left;
    await delay(10);
  }
}

async function pauseProcess(
  system: TrialSystem,
  { process: name, ms }: Extract<Fault, { kind: 'pause' }>,
): Promise<void> {
  const kept = system.processes.get(name);
  const pid = kept?.pid();
  kept?.signal('SIGSTOP');
  const standstill: Standstill = { process: name, from: Date.now(), to: null };
  system.standstills.push(standstill);
  await delay(ms);
  standstill.to = Date.now();
  if (kept?.pid() === pid) kept?.signal('SIGCONT');
}

function setTrap(
  system: TrialSystem,
  { process: name, place, side, act, skip }: Extract<Fault, { kind: 'trap' }>,
  note: (what: string) => void,
): void {
  system.proxies.get(name)?.setTrap({
    at: place,
    side,
    skip,
    onSprung() {
      note(`${name} ${act === 'cut' ? 'cut off' : 'killed'} ${side} a ${place}`);
      if (act === 'kill') system.processes.get(name)?.signal('SIGKILL');
    },
  });
}
