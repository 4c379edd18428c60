import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readJson } from './read-json.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'usher-json-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(text: string): string {
  const path = join(folder, 'job.json');
  writeFileSync(path, text);
  return path;
}

test('a file as editors of Windows write it is read', async () => {
  expect(await readJson(write('\uFEFF{\r\n"kind": "x"\r\n}\r\n'))).toEqual({ kind: 'x' });
});

test.each([
  ['{', /is not JSON/],
  ['', /is not JSON/],
  ['[]', /must hold a JSON object/],
  ['null', /must hold a JSON object/],
])('%j is refused', async (text, why) => {
  await expect(readJson(write(text))).rejects.toThrow(why);
});

test('a folder, and a file that there is not, are named with what is wrong', async () => {
  await expect(readJson(folder)).rejects.toThrow(`${folder} cannot be read (EISDIR)`);
  await expect(readJson(join(folder, 'none'))).rejects.toThrow('cannot be read (ENOENT)');
});
