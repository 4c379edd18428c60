import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readStackFile, removeStackFile, writeStackFile } from './stack-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'usher-stack-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const stack = (pid: number) => ({
  pid,
  api_url: 'http://127.0.0.1:1',
  mail_url: null,
  database_url: 'postgres://127.0.0.1:1/usher',
  queue_url: 'postgres://127.0.0.1:1/usher',
});

test('a running stack is found by its file, which only its owner can read', () => {
  writeStackFile(folder, stack(process.pid));
  expect(readStackFile(folder)).toEqual(stack(process.pid));
  expect(statSync(join(folder, 'stack.json')).mode & 0o777).toBe(0o600);
});

test('the file of a stack that stopped, or that crashed, finds nothing', () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  writeStackFile(folder, stack(pid));
  expect(readStackFile(folder)).toBeUndefined();
  removeStackFile(folder);
  removeStackFile(folder);
  expect(readStackFile(folder)).toBeUndefined();
});
