import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { LockedError, takeLock } from './lock-file.ts';
import { recordProcess } from './running-process.ts';

const root = mkdtempSync(join(tmpdir(), 'usher-lock-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a lock held by a live process is refused, and free again once released', () => {
  const path = join(root, 'held');
  const lock = takeLock(path);
  expect(() => takeLock(path)).toThrow(LockedError);
  lock.release();
  takeLock(path).release();
  expect(readdirSync(root)).toEqual([]);
});

test('a lock whose owner is gone is taken over, and tells which of its children still run', async () => {
  const path = join(root, 'stale');
  const gone = spawn(process.execPath, ['-e', '']);
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)']);
  const children = [recordProcess('alive', child.pid ?? 0), recordProcess('gone', gone.pid ?? 0)];
  const owner = recordProcess('owner', gone.pid ?? 0);
  await once(gone, 'exit');
  writeFileSync(path, JSON.stringify({ owner, children }));
  const lock = takeLock(path);
  expect(lock.leftBehind.map(({ name }) => name)).toEqual(['alive']);
  lock.release();
  child.kill('SIGKILL');
});

test('a lock whose owner has the pid of a younger process is stale', () => {
  const path = join(root, 'reused');
  writeFileSync(
    path,
    JSON.stringify({
      owner: { name: 'owner', pid: process.pid, started: 'long ago' },
      children: [],
    }),
  );
  takeLock(path).release();
});

test('a lock file that is not one is taken over', () => {
  const path = join(root, 'garbage');
  writeFileSync(path, '{');
  takeLock(path).release();
});
