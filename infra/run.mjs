// Entry of every npm script: makes sure of the install and of a Node that strips types, then hands
// over. It runs on the person's own Node (20 or later), before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');
const cli = join(root, 'services', 'cli', 'src', 'main.ts');
const tests = join(root, 'test', 'run.ts');
const faults = join(root, 'test', 'faults', 'main.ts');
const generative = join(root, 'test', 'generative', 'main.ts');
const bench = join(root, 'test', 'bench', 'main.ts');
const packSdk = join(root, 'packages', 'sdk', 'src', 'packaging', 'pack-main.ts');

/** What Node runs for each command, before the arguments of the person. */
const COMMANDS = {
  demo: [cli, 'demo'],
  start: [cli, 'up'],
  usher: [cli],
  test: [tests],
  'test:faults': [faults],
  'test:generative': [generative],
  bench: [bench],
  check: [tests, '--check-only'],
  'build:sdk': [packSdk],
  format: [join(root, 'node_modules', 'oxfmt', 'bin', 'oxfmt'), '--write'],
};

// Known before the install, which takes long enough for npm to be killed meanwhile.
const parent = process.ppid;
const npm = shellBetween() ? parentOf(parent) : undefined;

const [command = '', ...args] = process.argv.slice(2);
const entry = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
if (!entry) {
  fail(`usage: node infra/run.mjs <${Object.keys(COMMANDS).join('|')}> [arguments]`);
} else {
  try {
    await ensureInstalled(root);
    handOver(findNode(), [...entry, ...args]);
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}

/** The Node that came with the install, or ours if it is new enough to run TypeScript as it is. */
function findNode() {
  const installed = join(bin, process.platform === 'win32' ? 'node.exe' : 'node');
  // Present is not enough: on a system without glibc it is there and does not run.
  if (existsSync(installed) && spawnSync(installed, ['--version']).status === 0) return installed;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  throw new Error(
    `Usher needs Node 22.18 or later here: none came with the install for ` +
      `${process.platform}-${process.arch}, and yours is ${process.versions.node}. ` +
      'Install a newer one from https://nodejs.org and run the same command again.',
  );
}

/**
 * Become the child, as far as anyone can see. It has a session of its own, so that a signal sent to
 * our whole group reaches it once, through us; an IPC channel tells it if we are killed.
 */
function handOver(node, nodeArgs) {
  const child = spawn(node, nodeArgs, {
    detached: process.platform !== 'win32',
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` },
  });
  let forwarded = false;
  const forward = (signal) => {
    // npm passes on what the terminal has sent to us already: the first one counts.
    if (!forwarded) child.kill(signal);
    forwarded = true;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  if (process.env.npm_lifecycle_event) {
    setInterval(() => npmIsGone() && forward('SIGTERM'), 500).unref();
  }
  child.once('error', (error) => fail(error.message));
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
    if (!signal) return process.exit();
    // Die of the same signal, which whoever called us can tell from an exit code.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** npm hands a SIGTERM to the shell between us, which ends without a word to us, or it was killed. */
function npmIsGone() {
  if (process.ppid !== parent) return true;
  // An orphan gets another parent at once, and never one that has been given npm's pid since.
  const now = npm && parentOf(parent);
  return now !== undefined && now !== npm;
}

/** Whether our parent is a shell of npm's. Some shells make way for us: npm itself is our parent. */
function shellBetween() {
  return readProcessFile(parent, 'cmdline')?.split('\0')[1] === '-c';
}

function parentOf(pid) {
  const stat = readProcessFile(pid, 'stat');
  // The name, in brackets, may hold spaces and brackets itself.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
}

function readProcessFile(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // No /proc on this system, or the process has just ended, which our own parent's pid tells.
    return undefined;
  }
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}
