// Runs on Node 20, before anything is installed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { linkSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const PNPM = 'pnpm@12.21.0';
const LISTS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

/** Install what the lock file names, unless the last install was of the same. Says so on stderr. */
export async function ensureInstalled(root) {
  if (isInstalled(root)) return;
  const release = await takeTurn(root);
  try {
    // Another run may have done it while we waited.
    if (isInstalled(root)) return;
    const wanted = fingerprint(root);
    say(`Installing dependencies with ${PNPM} (only when the lock file changes) …`);
    await install(root);
    writeFileSync(stampFile(root), wanted);
  } finally {
    release();
  }
}

function isInstalled(root) {
  const file = stampFile(root);
  return existsSync(file) && readFileSync(file, 'utf8') === fingerprint(root);
}

function stampFile(root) {
  return join(root, 'node_modules', '.usher-install');
}

/** What an install depends on: the lock file, every package's lists, and the machine's kind. */
function fingerprint(root) {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}\n`);
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) {
    hash.update(readFileSync(join(root, name)));
  }
  for (const path of packageFiles(root)) {
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    hash.update(JSON.stringify([manifest.name, ...LISTS.map((list) => manifest[list] ?? {})]));
  }
  return hash.digest('hex');
}

function packageFiles(root) {
  const nested = ['services', 'packages'].flatMap((group) => {
    const folder = join(root, group);
    return existsSync(folder)
      ? readdirSync(folder)
          .sort()
          .map((name) => join(group, name))
      : [];
  });
  return ['.', 'infra', 'test', ...nested]
    .map((folder) => join(root, folder, 'package.json'))
    .filter((path) => existsSync(path));
}

/** All its output goes to stderr: stdout belongs to the command that comes after. */
function install(root) {
  const args = ['-y', PNPM, 'install', '--frozen-lockfile', '--config.confirm-modules-purge=false'];
  const mend =
    `Check the network (npm must reach its registry) and the free disk space, ` +
    `then run the same command again. By hand, it is: npx ${args.slice(0, 4).join(' ')}`;
  return new Promise((resolve, reject) => {
    const child = spawn('npx', args, {
      cwd: root,
      shell: process.platform === 'win32',
      stdio: ['ignore', process.stderr, process.stderr],
    });
    // The terminal's signal reaches pnpm as well; we end when it has.
    const onSignal = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM'];
    for (const signal of signals) process.on(signal, onSignal);
    const settle = () => signals.forEach((signal) => process.off(signal, onSignal));
    child.once('error', (error) => {
      settle();
      reject(
        new Error(
          `npx could not be started (${error.message}). It comes with npm: is npm on the PATH?`,
        ),
      );
    });
    child.once('exit', (code, signal) => {
      settle();
      if (code === 0) resolve();
      else reject(new Error(`The install failed (${signal ?? `exit code ${code}`}). ${mend}`));
    });
  });
}

/** One install at a time in one clone; a lock whose owner is gone does not count. */
async function takeTurn(root) {
  // Outside node_modules, which pnpm may empty.
  const folder = join(root, '.data');
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, 'install.lock');
  for (let told = false; !place(lock); told = true) {
    const owner = ownerOf(lock);
    if (owner !== undefined && !runs(owner)) takeAway(lock, owner);
    else if (!told) say(`Waiting for another install of this clone (process ${owner}) …`);
    await delay(200);
  }
  return () => rmSync(lock, { force: true });
}

/** Linking a finished file lets no reader see it half written, and fails if somebody was first. */
function place(lock) {
  const draft = `${lock}.${process.pid}`;
  writeFileSync(draft, String(process.pid));
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Two may find the same stale lock: whoever moved a newer one puts it back. */
function takeAway(lock, owner) {
  const aside = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (ownerOf(aside) === owner) rmSync(aside, { force: true });
  else renameSync(aside, lock);
}

function ownerOf(lock) {
  try {
    // No install takes an hour: its pid is somebody else's by now.
    const old = Date.now() - statSync(lock).mtimeMs > 3_600_000;
    return old ? -1 : Number(readFileSync(lock, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function runs(pid) {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function say(line) {
  console.error(line);
}
