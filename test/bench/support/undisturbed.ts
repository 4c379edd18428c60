import { existsSync, readFileSync } from 'node:fs';

/** Of the time that the processors were asked for, what the host gave to other machines. */
const MOST_STOLEN = 0.1;
const TRIES = 4;

/**
 * Measure, and once more (up to four times in all) where the host took more than a tenth of the
 * processors meanwhile: what it takes from one contestant and not from the other is no ratio of ours.
 * @returns the first measurement that was left alone, or else the one that lost least.
 */
export async function undisturbed<T>(
  what: string,
  log: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  let best: { stolen: number; result: T } | undefined;
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const begun = readTimes();
    const result = await work();
    const stolen = stolenBetween(begun, readTimes());
    if (!best || stolen < best.stolen) best = { stolen, result };
    if (stolen <= MOST_STOLEN) break;
    log(
      `${what}: the host took ${(stolen * 100).toFixed(0)} % of the processors` +
        (tries < TRIES ? '; once more' : ''),
    );
  }
  return (best as { result: T }).result;
}

export interface ProcessorTimes {
  used: number;
  stolen: number;
}

/** The share of the time asked for that was stolen. */
export function stolenBetween(before: ProcessorTimes, after: ProcessorTimes): number {
  const stolen = after.stolen - before.stolen;
  const asked = stolen + after.used - before.used;
  return asked > 0 ? stolen / asked : 0;
}

/** Since boot, of all processors; a system without /proc tells nothing, and nothing counts as stolen. */
function readTimes(): ProcessorTimes {
  if (!existsSync('/proc/stat')) return { used: 0, stolen: 0 };
  return parseTimes(readFileSync('/proc/stat', 'utf8'));
}

/** @param text of /proc/stat; its first line sums up all processors (man 5 proc_stat). */
export function parseTimes(text: string): ProcessorTimes {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (
    text.split('\n', 1)[0] ?? ''
  )
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return { used: user + nice + system + irq + softirq, stolen: steal };
}
