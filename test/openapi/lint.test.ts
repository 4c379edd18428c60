import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { SURFACES } from '@usher/contracts/operations';
import { createDocument } from '@usher/openapi';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const manifest = require.resolve('@redocly/cli/package.json');
const redocly = join(dirname(manifest), 'bin/cli.js');
const config = join(import.meta.dirname, 'redocly.yaml');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'usher-documents-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Redocly's strictest rules, all of them errors; it asks nobody else. */
async function lint(files: string[]): Promise<{ clean: boolean; found: string }> {
  const command = [redocly, 'lint', `--config=${config}`, '--format=stylish', ...files];
  const env = {
    PATH: process.env.PATH,
    REDOCLY_TELEMETRY: 'off',
    REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  };
  try {
    const { stdout } = await run(process.execPath, command, { cwd: folder, env });
    return { clean: true, found: stdout };
  } catch (error) {
    const { code, stdout } = error as { code?: number; stdout: string };
    if (code !== 1) throw error;
    return { clean: false, found: stdout };
  }
}

test('Redocly finds nothing wrong with the four documents', async () => {
  const files = SURFACES.map((surface) => `${surface}.json`);
  for (const surface of SURFACES) {
    await writeFile(join(folder, `${surface}.json`), JSON.stringify(createDocument(surface)));
  }
  expect(await lint(files)).toMatchObject({ clean: true });
});

test('a document with an operation that has no summary is found out', async () => {
  const document = createDocument('connect');
  delete document.paths?.['/groups']?.get?.summary;
  await writeFile(join(folder, 'wrong.json'), JSON.stringify(document));
  const { clean, found } = await lint(['wrong.json']);
  expect(clean).toBe(false);
  expect(found).toContain('operation-summary');
});
