import {
  OPERATIONS,
  SURFACES,
  type Operation,
  type SurfaceName,
} from '@usher/contracts/operations';
import { createDocument } from '@usher/openapi';
import fc from 'fast-check';
import type { Schema } from './arbitrary-of.ts';
import { requestsOf, type Described, type Generated } from './generate.ts';
import { send, type Sent, type Target } from './send.ts';

export interface Report {
  operations: number;
  requests: number;
  /** How many answers each operation gave, by status. */
  statuses: Map<string, Map<number, number>>;
  findings: Sent[];
}

interface Plan {
  surface: SurfaceName;
  operation: Operation;
  requests: Generated[];
}

/**
 * Make so many requests of each operation of each surface, in rounds, so that later ones find what
 * earlier ones made.
 */
export async function runGenerated(
  target: Target,
  {
    seed,
    requests,
    afterRound,
  }: { seed: number; requests: number; afterRound?: () => Promise<void> },
): Promise<Report> {
  const plans = SURFACES.flatMap((surface) => planSurface(surface, seed, requests));
  const report: Report = {
    operations: plans.length,
    requests: 0,
    statuses: new Map(),
    findings: [],
  };
  for (let round = 0; round < requests; round += 1) {
    for (const { surface, operation, requests: generated } of plans) {
      const request = generated[round];
      if (!request) continue;
      const sent = await send(target, surface, operation, request);
      report.requests += 1;
      if (sent.finding !== undefined) report.findings.push(sent);
      const name = `${surface} ${operation.operationId}`;
      const statuses = report.statuses.get(name) ?? new Map<number, number>();
      report.statuses.set(name, statuses.set(sent.status, (statuses.get(sent.status) ?? 0) + 1));
    }
    await afterRound?.();
  }
  return report;
}

function planSurface(surface: SurfaceName, seed: number, requests: number): Plan[] {
  const document = JSON.parse(JSON.stringify(createDocument(surface))) as {
    paths: Record<string, Record<string, Described>>;
    components: { schemas: Record<string, Schema> };
  };
  const resolve = (reference: string): Schema =>
    document.components.schemas[reference.split('/').at(-1) ?? ''] ?? {};
  return OPERATIONS[surface].map((operation, index) => {
    const described = document.paths[operation.path]?.[operation.method];
    if (!described) throw new Error(`${operation.operationId} is not in the document`);
    const arbitrary = requestsOf(surface, operation, described, resolve);
    const own = seed * 1_000 + SURFACES.indexOf(surface) * 100 + index;
    return { surface, operation, requests: fc.sample(arbitrary, { seed: own, numRuns: requests }) };
  });
}

/** For people: operations, requests, answers by status, and what was found. */
export function summaryOf({ operations, requests, statuses, findings }: Report): string {
  const total = new Map<number, number>();
  for (const counts of statuses.values()) {
    for (const [status, count] of counts) total.set(status, (total.get(status) ?? 0) + count);
  }
  const list = (counts: Map<number, number>) =>
    [...counts]
      .toSorted(([one], [other]) => one - other)
      .map(([status, count]) => `${status} × ${count}`)
      .join(', ');
  return [
    ...[...statuses].map(([name, counts]) => `  ${name.padEnd(36)} ${list(counts)}`),
    `${operations} operations, ${requests} requests: ${list(total)}`,
    ...findings.slice(0, 20).map(({ request, finding }) => `\nFOUND ${finding}\n  ${request}`),
    `${findings.length} findings`,
  ].join('\n');
}
