import type { Client } from 'pg';
import type { Violation } from './evidence.ts';

/** Looks at the outcomes from time to time, and remembers every one that it ever saw. */
export interface OutcomeWitness {
  look(client: Pick<Client, 'query'>): Promise<void>;
  /** Outcomes that changed or vanished. */
  changed(): Violation[];
  seen(): number;
}

export function createOutcomeWitness(): OutcomeWitness {
  const known = new Map<string, string>();
  const violations = new Map<string, Violation>();
  return {
    async look(client) {
      const { rows } = await client.query<{ key: string; text: string }>(
        `select job_id || ' ' || round || ' ' || position as key, to_jsonb(outcomes)::text as text
          from outcomes`,
      );
      const now = new Map(rows.map((row) => [row.key, row.text]));
      for (const [key, text] of known) {
        const what = now.has(key) ? 'changed' : 'vanished';
        if (now.get(key) !== text) {
          violations.set(key, { invariant: 'I3', what: `outcome ${key} ${what}: it was ${text}` });
        }
      }
      for (const [key, text] of now) if (!known.has(key)) known.set(key, text);
    },
    changed: () => [...violations.values()],
    seen: () => known.size,
  };
}
