import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ServerOwner } from './choose-owner.ts';
import type { Place } from './choose-place.ts';

/** The superuser of every embedded cluster. */
export const SUPERUSER = 'usher';

/** The environment of Postgres' programs: nothing of ours, no PG* variable can reach them. */
export const PROGRAM_ENVIRONMENT = { PATH: process.env.PATH ?? '', LC_ALL: 'C' };

export type Cluster = { folder: string; password: string };

/**
 * The cluster in this place, made now unless an earlier run finished making it. A cluster whose
 * password file is gone (another clone's, left at the same path) is made anew.
 */
export async function openCluster(options: {
  dataDir: string;
  place: Place;
  owner: ServerOwner | undefined;
  durable: boolean;
}): Promise<Cluster> {
  const { place, owner, durable } = options;
  const folder = join(place.parent, 'cluster');
  const passwordFile = join(options.dataDir, 'password');
  if (existsSync(passwordFile) && existsSync(folder)) {
    return { folder, password: readFileSync(passwordFile, 'utf8').trim() };
  }
  const draft = `${folder}.draft`;
  for (const path of [passwordFile, folder, draft]) rmSync(path, { recursive: true, force: true });
  const password = randomBytes(24).toString('base64url');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const handedOver = join(place.parent, 'password.draft');
  writeFileSync(handedOver, `${password}\n`, { mode: 0o600 });
  mkdirSync(draft, { mode: 0o700 });
  if (owner) for (const path of [handedOver, draft]) chownSync(path, owner.uid, owner.gid);
  try {
    await run(join(place.programs, 'bin', 'initdb'), owner, [
      `--pgdata=${draft}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${handedOver}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
      ...(durable ? [] : ['--no-sync']),
    ]);
  } finally {
    rmSync(handedOver, { force: true });
  }
  renameSync(draft, folder);
  return { folder, password };
}

function run(file: string, owner: ServerOwner | undefined, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // In a group of its own, like the server: Ctrl-C must not leave half a cluster.
    const child = spawn(file, args, {
      ...owner,
      cwd: '/',
      env: PROGRAM_ENVIRONMENT,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${file} failed (${signal ?? code}): ${complaint.trim()}`));
    });
  });
}
