import { randomUUID } from 'node:crypto';

/** What an event of a finished job says: as much as the product does, ids and counts. */
export function eventData(n: number): Record<string, unknown> {
  const at = new Date().toISOString();
  return {
    job: {
      id: randomUUID(),
      kind: 'bulk-invite',
      state: 'succeeded',
      input: {
        method: 'direct',
        target: 'website',
        email: `person-${n}@example.com`,
        role: 'viewer',
        first_name: null,
        last_name: null,
        scope: null,
      },
      counts: { total: 50, pending: 0, succeeded: 50, failed: 0, canceled: 0 },
      round: 1,
      created_at: at,
      started_at: at,
      finished_at: at,
    },
  };
}
