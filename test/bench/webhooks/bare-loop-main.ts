import { randomUUID } from 'node:crypto';
import { createSealer, createSecret, sign } from '@usher/webhooks';
import { Agent } from 'undici';
import { cpuSecondsOf } from '../support/processes.ts';
import { eventData } from './event-data.ts';

/**
 * The bare loop: it posts the same bodies, signed in the same way, to the receivers named by its
 * arguments, and writes nothing down. Tells what it took in one line.
 */
const { DELIVERIES, WARM_UP, CONCURRENCY, RECEIVERS_PID } = process.env;
const sealer = createSealer(Buffer.alloc(32, 7));
const endpoints = process.argv.slice(2).map((url) => {
  const id = randomUUID();
  const { origin, pathname } = new URL(url);
  return { id, origin, pathname, sealed: sealer.seal(createSecret(), id), sequence: 0 };
});
// As the product's own.
const agent = new Agent({ pipelining: 1, keepAliveTimeout: 4_000, allowH2: false });

await deliver(Number(WARM_UP));
const before = cpuSeconds();
const began = performance.now();
await deliver(Number(DELIVERIES));
const seconds = (performance.now() - began) / 1_000;
const after = cpuSeconds();
console.log(
  JSON.stringify({
    seconds,
    cpuSeconds: {
      sender: after.sender - before.sender,
      receivers: after.receivers - before.receivers,
    },
  }),
);
await agent.close();

async function deliver(count: number): Promise<void> {
  let next = 0;
  const inTurn = async () => {
    for (let n = next++; n < count; n = next++) await send(n);
  };
  await Promise.all(Array.from({ length: Number(CONCURRENCY) }, inTurn));
}

async function send(n: number): Promise<void> {
  const endpoint = endpoints[n % endpoints.length];
  if (!endpoint) throw new Error('the bare loop was given no receivers');
  endpoint.sequence += 1;
  const id = randomUUID();
  const body = JSON.stringify({
    type: 'job.completed',
    timestamp: new Date().toISOString(),
    data: { ...eventData(n), sequence: endpoint.sequence },
  });
  const timestamp = Math.floor(Date.now() / 1_000);
  const secret = sealer.open(endpoint.sealed, endpoint.id);
  const answer = await agent.request({
    origin: endpoint.origin,
    path: endpoint.pathname,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'bare-loop',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': sign({ id, timestamp, body }, [secret]),
    },
    body,
  });
  if (answer.statusCode !== 200) throw new Error(`answered ${answer.statusCode}`);
  await answer.body.text();
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return { sender: (user + system) / 1e6, receivers: cpuSecondsOf(Number(RECEIVERS_PID)) ?? 0 };
}
