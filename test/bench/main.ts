import { writeFileSync } from 'node:fs';
import { ensureRedis } from '../support/ensure-redis.ts';
import { describeMachine } from './support/describe-machine.ts';
import { endChildren } from './support/end-children.ts';
import { readArguments } from './support/read-arguments.ts';
import type { Suite } from './support/suite.ts';

// `npm run bench [-- <suite> …] [-- --quick --rounds N --only NAME --json FILE --verbose]`

/** The first is run where none is named. */
const SUITES: Record<string, Suite> = {
  throughput: async (options) =>
    (await import('./throughput/run-throughput.ts')).runThroughput(options),
  fairness: async (options) => (await import('./fairness/run-fairness.ts')).runFairness(options),
  recovery: async (options) => (await import('./recovery/run-recovery.ts')).runRecovery(options),
  webhooks: async (options) => (await import('./webhooks/run-webhooks.ts')).runWebhooks(options),
  accepting: async (options) =>
    (await import('./accepting/run-accepting.ts')).runAccepting(options),
  idle: async (options) => (await import('./idle/run-idle.ts')).runIdle(options),
  scale: async (options) => (await import('./scale/run-scale.ts')).runScale(options),
  email: async (options) => (await import('./email/run-email.ts')).runEmail(options),
};

const closers: Array<() => Promise<unknown>> = [];
let ending: Promise<void> | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void interrupt(signal));
}
// Whoever started us over an IPC channel was killed.
process.on('disconnect', () => void interrupt('SIGTERM'));
process.on('uncaughtException', (error) => {
  // A connection that is cut by what we stop.
  if (ending) return;
  console.error(error);
  void interrupt('an error nobody caught');
});

try {
  await run();
} catch (error) {
  // What fails because we were interrupted is no news.
  if (!ending) console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await end();
  process.exit();
}

async function run(): Promise<void> {
  const { suites, json, ...options } = readArguments(process.argv.slice(2), Object.keys(SUITES));
  const missing = ensureRedis();
  if (missing) throw new Error(missing);
  const machine = describeMachine();
  console.log(
    Object.entries(machine)
      .map(([name, value]) => `${name}: ${value}`)
      .join(', '),
  );
  const results: Record<string, unknown> = {};
  for (const name of suites) {
    const suite = SUITES[name] as Suite;
    const { text, data } = await suite({
      ...options,
      log: (line) => console.error(line),
      atEnd: (close) => closers.push(close),
    });
    console.log(`\n${text}`);
    results[name] = data;
  }
  if (json) {
    const document = { at: new Date().toISOString(), machine, ...results };
    writeFileSync(json, `${JSON.stringify(document, null, 2)}\n`);
  }
}

/** Close everything that was started, the last first, whatever fails on the way. */
function end(): Promise<void> {
  ending ??= (async () => {
    for (const close of closers.toReversed()) {
      try {
        await close();
      } catch (error) {
        process.exitCode = 1;
        console.error(error);
      }
    }
    await endChildren();
  })();
  return ending;
}

async function interrupt(reason: string): Promise<void> {
  process.exitCode = 1;
  console.error(`${reason}: ending what was started …`);
  await end();
  process.exit();
}
