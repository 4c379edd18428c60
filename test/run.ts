import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureRedis } from './support/ensure-redis.ts';
import { readVitestReport, type Tally } from './support/read-vitest-report.ts';

// `npm test`: the checks, then every test; the last line says how many passed and failed.
const root = join(import.meta.dirname, '..');
const tool = (path: string) => join(root, 'node_modules', path);

const CHECKS = [
  { name: 'format', command: [tool('oxfmt/bin/oxfmt'), '--check'], mend: 'npm run format' },
  { name: 'lint', command: [tool('oxlint/bin/oxlint'), '--type-aware'] },
  { name: 'types', command: [tool('typescript/bin/tsc'), '-p', 'tsconfig.json'] },
  { name: 'dead code', command: [tool('knip/bin/knip.js'), '--no-progress'] },
];

const args = process.argv.slice(2);
const checkOnly = args.includes('--check-only');
const filters = args.filter((argument) => argument !== '--check-only');

let current: ChildProcess | undefined;
let interrupted: NodeJS.Signals | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
// Whoever started us over an IPC channel was killed.
process.on('disconnect', () => interrupt('SIGTERM'));

if (!checkOnly) {
  const missing = ensureRedis();
  if (missing) {
    console.error(missing);
    process.exit(1);
  }
}

const tally: Tally = { passed: 0, failed: 0 };
for (const check of CHECKS) add(await runCheck(check));
if (!checkOnly) add(await runVitest());
// The channel to whoever started us would keep us here.
process.removeAllListeners('disconnect');
process.exitCode = tally.failed === 0 && tally.passed > 0 && !interrupted ? 0 : 1;
console.log(`\n${tally.passed} passed, ${tally.failed} failed`);

function add(result: Tally): void {
  tally.passed += result.passed;
  tally.failed += result.failed;
}

function interrupt(signal: NodeJS.Signals): void {
  interrupted = signal;
  current?.kill(signal);
}

async function runCheck(check: (typeof CHECKS)[number]): Promise<Tally> {
  if (interrupted) return { passed: 0, failed: 1 };
  const begun = performance.now();
  const { code, output } = await run(check.command, 'pipe');
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${check.name} (${seconds(begun)})`);
  if (code === 0) return { passed: 1, failed: 0 };
  console.log(output.trimEnd());
  if (check.mend) console.log(`(${check.mend} mends it)`);
  return { passed: 0, failed: 1 };
}

async function runVitest(): Promise<Tally> {
  if (interrupted) return { passed: 0, failed: 1 };
  const begun = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'usher-test-report-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { code } = await run(
      [tool('vitest/vitest.mjs'), 'run', ...reporters, ...filters],
      'inherit',
    );
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} tests (${seconds(begun)})`);
    const { failures, ...result } = readVitestReport(report);
    // Here again, at the end: of a long log often only that is kept.
    for (const failure of failures) console.log(`\nFAILED ${failure}`);
    // Unhandled errors and crashes fail no test of their own.
    return code !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(
  command: string[],
  output: 'pipe' | 'inherit',
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, {
      cwd: root,
      stdio: ['ignore', output, output],
    });
    current = child;
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output: text }));
  });
}

function seconds(begun: number): string {
  return `${((performance.now() - begun) / 1000).toFixed(1)} s`;
}
