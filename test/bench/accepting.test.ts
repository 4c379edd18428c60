import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { putLoad } from './accepting/load.ts';
import { measurePair, type Pair } from './accepting/measure-pair.ts';
import { reportAccepting } from './accepting/report-accepting.ts';
import type { Setting } from './accepting/settings.ts';
import { startStage, type Stage } from './accepting/start-stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ database: await createTestDatabase() });
});
afterAll(() => stage.close());

const SIZE = { requests: 6, warmUp: 2 };
const small = { targets: 3, connections: 2, worker: true };
const atOnce: Setting = { ...small, name: 'at once', respondAsync: true };
const whenDone: Setting = { ...small, name: 'when done', respondAsync: false };

test('both sides are asked the same, what they answer is written, and a table is made of it', async () => {
  const round = new Map<string, Pair>();
  for (const setting of [atOnce, whenDone]) {
    const pair = await measurePair(stage, setting, SIZE, ['usher', 'bare']);
    for (const load of Object.values(pair)) {
      expect(load.requests).toBe(6);
      expect(load.p50).toBeGreaterThan(0);
      expect(load.p99).toBeGreaterThanOrEqual(load.p50);
      expect(load.requestsPerSecond).toBeGreaterThan(0);
    }
    round.set(setting.name, pair);
  }
  await stage.makeQuiet();
  expect(await stage.count()).toEqual({ jobs: 16, finished: 16, rows: 16 });
  const { text } = reportAccepting([atOnce, whenDone], [round], {});
  for (const row of ['at once: usher', 'when done: bare']) expect(text).toContain(row);
});

test('an answer of another status fails the bench', async () => {
  const failed = putLoad({
    ...stage.bare,
    ...SIZE,
    path: '/nowhere',
    headers: { 'content-type': 'application/json' },
    body: {},
    people: 'nobody',
    connections: 1,
    status: 202,
  });
  await expect(failed).rejects.toThrow('answered 404');
});

test('the bare route runs on the very Fastify of the product', () => {
  const root = join(import.meta.dirname, '../..');
  const versionIn = (folder: string) =>
    (
      JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
        dependencies: Record<string, string>;
      }
    ).dependencies.fastify;
  expect(versionIn('test')).toBe(versionIn('services/api'));
});
