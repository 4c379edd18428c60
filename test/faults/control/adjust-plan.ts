import type { FailpointName } from '@usher/jobs';
import {
  WORKERS,
  type Plan,
  type PlannedChange,
  type PlannedProvisioning,
  type PlannedRequest,
} from '../plan/plan.ts';

/** The plan without anything going wrong by itself. */
export const calm = (plan: Plan): Plan => ({
  ...plan,
  requests: [],
  provisionings: [],
  changes: [],
  steering: [],
  upstream: { ...plan.upstream, chances: {}, unbillable: [] },
  webhooks: { endpoints: [], callbacks: {}, chances: {} },
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

/** A plain job for these groups, asked for once, at the begin. */
export const provisioning = (targets: string[]): PlannedProvisioning => ({
  ...once('b0'),
  targets,
  report: false,
});

/** A plain PATCH of one group, whose client takes a 502 for an answer. */
export const change = (number: number, given: Partial<PlannedChange>): PlannedChange => ({
  ...once(`c${number}`),
  target: `g${number}`,
  final: true,
  ...given,
});

const once = (tag: string) => ({
  tag,
  at: 300,
  organization: 0 as const,
  key: `plain-${tag}`,
  copies: 1,
  again: false,
  otherBody: false,
});

/** `count` groups from the first on. */
export const groups = (count: number): string[] => Array.from({ length: count }, (_, n) => `g${n}`);

/** `count` targets from the n-th website on. */
export const websites = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `w${from + n}`);
