import type { Evidence, Steered } from './evidence.ts';
import type { Facts, OutcomeRow } from './read-facts.ts';

/** The latest outcome of each position, by its end of that round, in the order of positions. */
export function latestOf(
  outcomes: readonly OutcomeRow[],
  round: number = Number.POSITIVE_INFINITY,
): OutcomeRow[] {
  const latest = new Map<number, OutcomeRow>();
  for (const outcome of outcomes) {
    const known = latest.get(outcome.position);
    if (outcome.round > round || (known && known.round > outcome.round)) continue;
    latest.set(outcome.position, outcome);
  }
  return [...latest.values()].sort((a, b) => a.position - b.position);
}

const STATUSES = ['succeeded', 'failed', 'canceled'] as const;

/** How many targets succeeded, failed and were canceled, by the end of that round. */
export function countsOf(
  outcomes: readonly OutcomeRow[],
  round?: number,
): Record<(typeof STATUSES)[number], number> {
  const latest = latestOf(outcomes, round);
  const count = (status: string) => latest.filter((outcome) => outcome.status === status).length;
  return { succeeded: count('succeeded'), failed: count('failed'), canceled: count('canceled') };
}

/** The rounds that a job had, from 1. */
export const roundsOf = ({ round }: { round: number }): number[] =>
  Array.from({ length: round }, (_, n) => n + 1);

/** What a redrive with these codes tries again, of what its job came to. */
export const selectedOf = (
  latest: readonly OutcomeRow[],
  codes: readonly string[] | null,
): number[] =>
  latest
    .filter(({ status, code }) =>
      codes === null ? status === 'failed' : status !== 'succeeded' && codes.includes(code),
    )
    .map(({ position }) => position);

export const isAnswered = ({ tries }: Steered): boolean =>
  tries.some(({ status }) => status === 200 || status === 202);

/** Whether it may have had its effect: it did, or nobody knows. */
export const mayHaveBeen = (steered: Steered): boolean =>
  isAnswered(steered) || steered.tries.some(({ status }) => status === null || status >= 500);

/** What was asked of this job or invitation, and may have had its effect by that moment. */
export const askedOf = (
  { steered }: Evidence,
  { verb, id, by = Number.POSITIVE_INFINITY }: { verb: Steered['verb']; id: string; by?: number },
): Steered[] =>
  steered.filter(
    (each) =>
      each.verb === verb &&
      each.id === id &&
      mayHaveBeen(each) &&
      each.tries.some(({ from }) => from <= by + 1),
  );

/** Of each round of a job when it began, committed; the first: always. */
export function beginsOf({ jobChanges }: Facts, jobId: string): Map<number, number> {
  const begins = new Map([[1, Number.NEGATIVE_INFINITY]]);
  for (const { id, before, after, committed_at } of jobChanges) {
    if (id === jobId && after && after.round !== before?.round)
      begins.set(after.round, committed_at);
  }
  return begins;
}
