import type { Evidence } from './evidence.ts';
import type { Findings } from './findings.ts';
import type { Facts } from './read-facts.ts';

/**
 * I7, for endpoints that want one after the other: nothing arrives before every delivery with a lower
 * sequence has ended, committed. So first arrivals are in the order of their sequences, and all that may
 * come late is a further copy of what had come before: from a process that stood still, or was killed,
 * in the middle of it.
 */
export function checkOrder({ webhooks }: Evidence, facts: Facts, { report }: Findings): void {
  const ends = new Map(
    facts.deliveryChanges
      .filter(({ after }) => ENDED.has(after?.state ?? ''))
      .map(({ id, committed_at }) => [id, committed_at]),
  );
  for (const { id, url } of facts.endpoints.filter(({ in_order }) => in_order)) {
    const arrivals = new Map<string, number>();
    for (const one of webhooks.received) {
      const eventId = String(one.headers['webhook-id']);
      if (one.url === url && !arrivals.has(eventId)) arrivals.set(eventId, one.at);
    }
    const dispatched = facts.deliveries
      .filter(({ endpoint_id, sequence }) => endpoint_id === id && sequence !== null)
      .sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));
    let free = Number.NEGATIVE_INFINITY;
    let last: number | null = null;
    for (const { id: deliveryId, event_id, sequence } of dispatched) {
      const first = arrivals.get(event_id) ?? Number.POSITIVE_INFINITY;
      // Two clocks of one machine, of which one counts whole milliseconds.
      if (first < free - 1) {
        report(
          'I7',
          `${url} got ${sequence} ${(free - first).toFixed()} ms before ${last} had ended`,
        );
      }
      const end = ends.get(deliveryId) ?? Number.POSITIVE_INFINITY;
      if (end > free) [free, last] = [end, sequence];
    }
  }
}

const ENDED = new Set(['delivered', 'exhausted', 'disabled']);
