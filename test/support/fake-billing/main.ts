import { createInterface } from 'node:readline';
import { startFakeBilling } from './start-fake-billing.ts';

// The fake provider as a process: one JSON line with its address and key. A line on its standard input,
// `{"refuse": "<group id>", "reason": "…"}`, is done and then given back; it ends when that input does.
const fake = await startFakeBilling();
const say = (line: object) => console.log(JSON.stringify(line));
say({ stripe_base: fake.stripeBase, api_key: fake.apiKey });

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line) as { refuse: string; reason: string };
  fake.reject(asked.refuse, 402, asked.reason);
  say(asked);
}
await fake.close();
