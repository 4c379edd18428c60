import { parseArgs } from 'node:util';
import type { BackendName } from './plan/plan.ts';

export interface Arguments {
  seed: number;
  trials: number;
  backends: BackendName[];
  short: boolean;
  poison: boolean | undefined;
  control: boolean;
  /** Guards to switch off one by one; all unless named. */
  without: string[];
  /** Keep what every trial left, not only of the failed ones. */
  keep: boolean;
  verbose: boolean;
}

export const USAGE = `usage: npm run test:faults -- [options]
  --seed N                  the first trial's seed; the next has N + 1 (default: any)
  --trials N                how many trials of each backend (default 3; of each guard 5)
  --backend redis|postgres  one of them (default both, in turn)
  --poison, --no-poison     always or never with targets that kill their worker
  --short                   small trials, as npm test has them
  --control                 switch guards off, one at a time: each must be caught
  --without GUARD           the control of one guard; may be repeated
  --keep                    keep what every trial left, not only what failed ones did
  --verbose                 print what happens as it happens`;

/** @throws with the usage for words that mean nothing. */
export function parseArguments(words: string[]): Arguments {
  try {
    const { values } = parseArgs({
      args: words,
      allowNegative: true,
      options: {
        seed: { type: 'string' },
        trials: { type: 'string' },
        backend: { type: 'string' },
        poison: { type: 'boolean' },
        short: { type: 'boolean', default: false },
        control: { type: 'boolean', default: false },
        without: { type: 'string', multiple: true, default: [] },
        keep: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
      },
    });
    const control = values.control || values.without.length > 0;
    return {
      seed: number('seed', values.seed ?? String(Math.floor(Math.random() * 1e6))),
      trials: number('trials', values.trials ?? (control ? '5' : '3')),
      backends: backends(values.backend),
      short: values.short,
      poison: values.poison,
      control,
      without: values.without,
      keep: values.keep,
      verbose: values.verbose,
    };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${USAGE}`, { cause: error });
  }
}

function number(name: string, word: string): number {
  const value = Number(word);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error(`--${name} must be a whole number`);
  return value;
}

function backends(word: string | undefined): BackendName[] {
  if (word === undefined) return ['redis', 'postgres'];
  if (word === 'redis' || word === 'postgres') return [word];
  throw new Error('--backend must be redis or postgres');
}
