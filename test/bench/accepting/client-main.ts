import { Pool } from 'undici';
import { cpuSecondsOf } from '../support/processes.ts';
import type { LoadLine, LoadPlan } from './load.ts';

/** Sends what PLAN says, on all connections at once, and tells how long each answer took. */
const plan = JSON.parse(process.env.PLAN ?? '') as LoadPlan;
const client = new Pool(plan.url, { connections: plan.connections, pipelining: 1 });

await send(plan.warmUp, `${plan.people}-first`);
const before = cpuSeconds();
const began = performance.now();
const latencies = await send(plan.requests, plan.people);
const seconds = (performance.now() - began) / 1_000;
const after = cpuSeconds();
const line: LoadLine = {
  seconds,
  latencies,
  cpuSeconds: Object.fromEntries(
    Object.entries(after).map(([kind, used]) => [kind, used - (before[kind] ?? 0)]),
  ),
};
console.log(JSON.stringify(line));
await client.close();

async function send(count: number, people: string): Promise<number[]> {
  const bodies = Array.from({ length: count }, (_, n) =>
    JSON.stringify({ ...plan.body, email: `${people}-${n}@example.com` }),
  );
  const times: number[] = [];
  let next = 0;
  const inTurn = async () => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const sent = performance.now();
      const answer = await client.request({
        method: 'POST',
        path: plan.path,
        headers: plan.headers,
        body,
      });
      const text = await answer.body.text();
      times.push(performance.now() - sent);
      if (answer.statusCode !== plan.status) {
        throw new Error(`answered ${answer.statusCode}: ${text}`);
      }
    }
  };
  await Promise.all(Array.from({ length: plan.connections }, inTurn));
  return times;
}

function cpuSeconds(): Record<string, number> {
  const { user, system } = process.cpuUsage();
  const others = Object.entries(plan.pids).map(([kind, pid]) => [kind, cpuSecondsOf(pid) ?? 0]);
  return { ...Object.fromEntries(others), client: (user + system) / 1e6 };
}
