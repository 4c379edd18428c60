import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
} from 'node:fs';
import { renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdsFor, type ServerOwner } from './choose-owner.ts';
import type { PostgresPrograms } from './find-binaries.ts';

export type PlaceRequest = {
  dataDir: string;
  programs: PostgresPrograms;
  owner: ServerOwner | undefined;
  log(line: string): void;
};

/** The folder of the programs, and the folder in which the cluster's own folder goes. */
export type Place = { programs: string; parent: string };

/** Choose folders that the server's user can reach; a clone in a closed home has none itself. */
export function choosePlace(request: PlaceRequest): Place {
  const { owner, programs, dataDir } = request;
  if (!owner) return { programs: programs.folder, parent: dataDir };
  return { programs: choosePrograms(request, owner), parent: chooseParent(request, owner) };
}

function choosePrograms({ programs, log }: PlaceRequest, owner: ServerOwner): string {
  const usable = '"$0/bin/postgres" --version && test -r "$0/share/postgresql/postgres.bki"';
  if (holdsFor(owner, usable, programs.folder)) return programs.folder;
  const name = `usher-postgres-${programs.version}-${process.arch}`;
  const copy = join(openFolder(owner), name);
  if (existsSync(copy)) {
    assertOurs(copy);
    if (holdsFor(owner, usable, copy)) return copy;
    rmSync(copy, { recursive: true });
  }
  log(`Postgres' user cannot reach ${programs.folder}: its programs are copied to ${copy}`);
  const draft = `${copy}.${process.pid}`;
  mkdirSync(draft);
  // The libraries are links to each other, relative ones: they stay what they are.
  cpSync(programs.folder, draft, { recursive: true, verbatimSymlinks: true });
  makeReadable(draft);
  if (existsSync(copy)) rmSync(draft, { recursive: true });
  else renameSync(draft, copy);
  return copy;
}

function chooseParent({ dataDir, log }: PlaceRequest, owner: ServerOwner): string {
  if (holdsFor(owner, 'test -x "$0"', dataDir)) return dataDir;
  const key = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 16);
  const parent = join(openFolder(owner), `usher-data-${key}`);
  if (existsSync(parent)) assertOurs(parent);
  else mkdirSync(parent);
  chmodSync(parent, 0o755);
  log(`Postgres' user cannot reach ${dataDir}: its data is in ${parent}`);
  return parent;
}

function openFolder(owner: ServerOwner): string {
  // The first of them is the one that a reboot does not empty.
  const folders = ['/var/tmp', '/tmp', tmpdir()];
  const open = folders.find((folder) => holdsFor(owner, 'test -x "$0" && test -r "$0"', folder));
  if (open) return open;
  throw new Error(
    `Postgres' user can reach none of ${folders.join(', ')}. Set DATABASE_URL instead.`,
  );
}

/** Everybody can write in these folders: what somebody else put there must be neither run nor filled. */
function assertOurs(folder: string): void {
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0) return;
  throw new Error(`${folder} is not a folder of ours. Remove it, or set DATABASE_URL.`);
}

function makeReadable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) makeReadable(path);
    else if (entry.isFile()) chmodSync(path, lstatSync(path).mode & 0o100 ? 0o755 : 0o644);
  }
}
