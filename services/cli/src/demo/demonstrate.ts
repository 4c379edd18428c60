import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '@usher/infra';
import { migrateAll } from '../migrate-all.ts';
import { printLine } from '../print.ts';
import { printVerdict, runDemo } from './run-demo.ts';
import { startReceiver, type Receiver } from './start-receiver.ts';
import { startStandIn, type StandIn } from './start-stand-in.ts';

/**
 * Show it all on a stack of its own.
 * @throws when something did not hold, or could not be shown at all.
 */
export async function demonstrate(signal: AbortSignal): Promise<void> {
  const begun = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'usher-demo-'));
  // Under root, Postgres runs as another user, who must get through.
  chmodSync(folder, 0o755);
  let held = false;
  try {
    held = await show(folder, signal, begun);
  } finally {
    discard(folder, held || signal.aborted);
  }
  signal.throwIfAborted();
  if (!held) throw new Error(`the demo did not go as it should; the logs are in ${folder}/logs`);
}

async function show(dataDir: string, signal: AbortSignal, begun: number): Promise<boolean> {
  printLine('Starting Postgres, a mail catcher, a stand-in for Stripe, the API and a worker …');
  const billing = await startStandIn(signal);
  try {
    const receiver = await startReceiver();
    try {
      return await showWith({ billing, receiver }, dataDir, signal, begun);
    } finally {
      await receiver.close();
    }
  } finally {
    await billing.stop();
  }
}

async function showWith(
  { billing, receiver }: { billing: StandIn; receiver: Receiver },
  dataDir: string,
  signal: AbortSignal,
  begun: number,
): Promise<boolean> {
  const log = (line: string) => void process.stderr.write(`${line}\n`);
  const environment = {
    BILLING_PROVIDER: 'stripe',
    STRIPE_API_KEY: billing.apiKey,
    STRIPE_API_BASE: billing.apiBase,
  };
  const stack = await startStack({ dataDir, log, environment, migrate: migrateAll, signal });
  try {
    const { mailUrl } = stack;
    if (!mailUrl) throw new Error('the stack has no mail catcher');
    const ended = new AbortController();
    void stack.ended.then(({ reason }) => ended.abort(new Error(reason)));
    const either = AbortSignal.any([signal, ended.signal]);
    const checks = await runDemo(stack, { mailUrl, billing, receiver }, either);
    if (signal.aborted) return false;
    printVerdict(checks, (performance.now() - begun) / 1000);
    return checks.broken.length === 0;
  } finally {
    await stack.stop();
  }
}

/** Nothing stays of a demo that went well; of one that did not, the logs. */
function discard(folder: string, everything: boolean): void {
  if (everything) return rmSync(folder, { recursive: true, force: true });
  const gone = readdirSync(folder).filter((name) => name !== 'logs');
  for (const name of gone) rmSync(join(folder, name), { recursive: true, force: true });
}
