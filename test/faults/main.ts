import { ensureRedis } from '../support/ensure-redis.ts';
import { parseArguments } from './arguments.ts';
import { runControl } from './control/run-control.ts';
import { runTrials } from './run-trials.ts';

const stopping = new AbortController();
const stop = () => stopping.abort(new Error('interrupted'));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
// Whoever started us over an IPC channel was killed.
process.on('disconnect', stop);

try {
  const given = parseArguments(process.argv.slice(2));
  const missing = given.backends.includes('redis') ? ensureRedis() : undefined;
  if (missing !== undefined) throw new Error(missing);
  process.exitCode = (await (given.control ? runControl : runTrials)(given, stopping.signal))
    ? 0
    : 1;
} catch (error) {
  console.error(stopping.signal.aborted ? 'interrupted' : error);
  process.exitCode = 1;
}
// Nothing that a trial left behind may keep us here; what was printed is to be read first.
process.stdout.write('', () => process.exit());
