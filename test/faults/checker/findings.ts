import type { Violation } from './evidence.ts';

/** Collects what is wrong; a few of a kind are enough, the rest is counted. */
export interface Findings {
  report(invariant: string, what: string): void;
  violations(): Violation[];
}

const OF_ONE_KIND = 8;

export function createFindings(): Findings {
  const found: Violation[] = [];
  const counts = new Map<string, number>();
  return {
    report(invariant, what) {
      const count = (counts.get(invariant) ?? 0) + 1;
      counts.set(invariant, count);
      if (count <= OF_ONE_KIND) found.push({ invariant, what });
    },
    violations() {
      const more = [...counts].filter(([, count]) => count > OF_ONE_KIND);
      return [
        ...found,
        ...more.map(([invariant, count]) => ({
          invariant,
          what: `… and ${count - OF_ONE_KIND} more`,
        })),
      ];
    },
  };
}
