import { fileURLToPath } from 'node:url';
import { startProcess } from '@usher/infra';
import { percentile } from '../fairness/percentile.ts';

/** What a client process is to do. */
export interface LoadPlan {
  url: string;
  path: string;
  headers: Record<string, string>;
  /** Everything of the body but the address, which is another in each request. */
  body: Record<string, unknown>;
  /** The beginning of the addresses: nobody is invited twice. */
  people: string;
  connections: number;
  requests: number;
  /** Sent first, in the same way. */
  warmUp: number;
  /** The only answer that is right. */
  status: number;
  /** Whose CPU time is read, by kind of process. */
  pids: Record<string, number>;
}

/** What the client process prints. */
export interface LoadLine {
  seconds: number;
  /** Milliseconds from sending to the last byte of the answer, in the order of the answers. */
  latencies: number[];
  cpuSeconds: Record<string, number>;
}

export interface Load {
  requests: number;
  requestsPerSecond: number;
  /** Milliseconds. */
  p50: number;
  p95: number;
  p99: number;
  /** By kind of process, `client` being whoever asks. */
  cpuMsPerRequest: Record<string, number>;
}

/** Let a process of its own send what the plan says. @throws when an answer was another. */
export async function putLoad(plan: LoadPlan): Promise<Load> {
  let line = '';
  const client = await startProcess({
    name: 'the client',
    file: fileURLToPath(import.meta.resolve('./client-main.ts')),
    env: { PATH: process.env.PATH, NODE_ENV: 'production', PLAN: JSON.stringify(plan) },
    onLine: (each, stream) => void (stream === 'stdout' && (line = each)),
  });
  const { code } = await client.exited;
  if (code !== 0) throw new Error(`the client failed:\n${client.lastLines()}`);
  const { seconds, latencies, cpuSeconds } = JSON.parse(line) as LoadLine;
  return {
    requests: plan.requests,
    requestsPerSecond: plan.requests / seconds,
    p50: percentile(latencies, 0.5),
    p95: percentile(latencies, 0.95),
    p99: percentile(latencies, 0.99),
    cpuMsPerRequest: Object.fromEntries(
      Object.entries(cpuSeconds).map(([kind, used]) => [kind, (used * 1_000) / plan.requests]),
    ),
  };
}
