import type { FailpointName } from '@usher/jobs';
import { WORKERS, type Plan, type PlannedRequest } from '../plan/plan.ts';

/** The plan without anything going wrong by itself. */
export const calm = (plan: Plan): Plan => ({
  ...plan,
  ambiguity: 'resend',
  faults: [],
  failpoints: [],
  mailFaults: [],
  accepting: [],
  refused: [],
  poison: [],
});

/** Every worker stands still once, for longer than a lease lives, at the first passing of this point. */
export const frozenAt = (name: FailpointName, ms: number): Plan['failpoints'] =>
  WORKERS.map((worker) => ({ worker, start: 1, name, nth: 1, act: 'freeze', ms }));

/** A plain request, asked once, at a moment. */
export function request(number: number, given: Partial<PlannedRequest>): PlannedRequest {
  return {
    tag: `r${String(number).padStart(3, '0')}`,
    at: 300,
    organization: 0,
    surface: 'athena',
    method: 'direct',
    of: 'website',
    email: `plain-${number}@example.com`,
    targets: ['w0'],
    prefer: 'respond-async',
    key: `plain-${number}`,
    copies: 1,
    again: false,
    otherBody: false,
    ...given,
  };
}

/** `count` targets from the n-th website on. */
export const websites = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `w${from + n}`);
