import { setTimeout as delay } from 'node:timers/promises';
import type { OutcomeWitness } from '../checker/outcome-witness.ts';
import type { TrialSystem } from '../servers/trial-system.ts';

const EVERY_MS = 700;
/** A store that is stopped answers nobody, us neither. */
const PATIENCE_MS = 2_000;

/** While a trial runs, look at its outcomes and into its queue again and again. */
export function watchTrial(system: TrialSystem, witness: OutcomeWitness, signal: AbortSignal) {
  const queueTexts: string[] = [];
  const stopping = new AbortController();
  const inTime = (work: Promise<unknown>) => Promise.race([work, delay(PATIENCE_MS)]);
  const look = async () => {
    await inTime(witness.look(system.observer));
    await inTime(system.queue.read().then((text) => queueTexts.push(text)));
  };
  const watch = async () => {
    while (!stopping.signal.aborted && !signal.aborted) {
      // What cannot be seen while its server is down is seen the next time.
      await look().catch((error: unknown) => error);
      await delay(EVERY_MS);
    }
  };
  const watching = watch();
  return {
    queueTexts,
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}
