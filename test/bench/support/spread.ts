/** What the rounds of one measurement came to. */
export interface Spread {
  median: number;
  least: number;
  most: number;
}

/** @throws when there is nothing to sum up. */
export function spreadOf(numbers: readonly number[]): Spread {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [least, most] = [sorted[0], sorted.at(-1)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  const upper = sorted[Math.floor(sorted.length / 2)];
  if (least === undefined || most === undefined || lower === undefined || upper === undefined) {
    throw new Error('no numbers to sum up');
  }
  return { median: (lower + upper) / 2, least, most };
}
