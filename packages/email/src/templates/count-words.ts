const numbers = new Intl.NumberFormat('en');

/** "1 website", "1,200 websites": the regular plural is enough for our words. */
export function countWords(count: number, singular: string): string {
  return `${formatNumber(count)} ${singular}${count === 1 ? '' : 's'}`;
}

export function formatNumber(count: number): string {
  return numbers.format(count);
}
