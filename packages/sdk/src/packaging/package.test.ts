import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { checkPackage, Package } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answer, cut, startFakeServer, stream } from '../testing/fake-server.ts';
import { bundle, measure } from './measure.ts';
import { pack } from './pack.ts';

const root = join(import.meta.dirname, '../../../..');
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const project = mkdtempSync(join(tmpdir(), 'usher-sdk-'));
const folder = join(project, 'node_modules/@usher/sdk');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

beforeAll(() => pack(folder));
afterAll(() => rmSync(project, { recursive: true, force: true }));

test('publint finds nothing, not even to suggest', async () => {
  expect((await publint({ pkgDir: folder, pack: false, strict: true })).messages).toEqual([]);
});

test('the types are right for every way of importing', async () => {
  const files = readdirSync(folder).map((name) => [`/node_modules/@usher/sdk/${name}`, read(name)]);
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const checked = await checkPackage(new Package(Object.fromEntries(files), '@usher/sdk', version));
  // That CommonJS of old cannot require it is as it should be: it is ES modules alone.
  const esmOnly = { kind: 'CJSResolvesToESM', entrypoint: '.', resolutionKind: 'node16-cjs' };
  expect(checked).toMatchObject({ types: { kind: 'included' }, problems: [esmOnly] });
});

test('it depends on nothing: no package is imported, by code or types', () => {
  const manifest = JSON.parse(read('package.json')) as object;
  expect(Object.keys(manifest).filter((key) => /dependencies/i.test(key))).toEqual([]);
  for (const name of ['index.js', 'index.d.ts']) {
    expect(read(name)).not.toMatch(/\bfrom ['"]|\bimport ['"]|\bimport\(|\brequire\(/);
  }
});

test('its source needs nothing but web APIs', () => {
  const config = join(root, 'packages/sdk/tsconfig.json');
  expect(check(config)).toBe('');
});

test('the whole client is below 10 KB, minified and gzipped', async () => {
  const { bytes, code } = await measure(folder, ['createUsher', 'isUsherError', 'webhooks']);
  expect(code).toContain('idempotency-key');
  expect(bytes).toBeGreaterThan(1_000);
  expect(bytes).toBeLessThan(10_000);
});

test('importing webhooks alone leaves the client out', async () => {
  const { bytes, code } = await measure(folder, ['webhooks']);
  expect(code).toContain('webhook-signature');
  expect(code).not.toMatch(/idempotency-key|\/api\/v1|event-stream|fetch/);
  expect(bytes).toBeLessThan(2_000);
});

test('importing it for nothing leaves nothing', async () => {
  expect((await measure(folder, [])).code.trim()).toBe('');
});

test("it runs where there is nothing but the web's own APIs", async () => {
  const done = answer(200, { success: true, results: [], job_id: 'j' });
  const events = ['retry: 1\n\nid: 1\nevent: finished\ndata: {"job": {"id": "j"}}\n\n'];
  const server = await startFakeServer(cut, done, stream('text/event-stream', events));
  const encoding = { TextEncoder, TextDecoder, URL, URLSearchParams, atob };
  const time = { performance, setTimeout, clearTimeout };
  const web = { fetch, Headers, AbortController, crypto, ...encoding, ...time };
  const edge = createContext({ ...web, baseUrl: server.url });
  runInContext(await bundle(folder, ['createUsher', 'webhooks'], 'iife'), edge);
  const told = (await runInContext(
    `(async () => {
      const client = usher.createUsher({ apiKey: 'key', baseUrl });
      const told = [await client.invites.bulk({ invite_method: 'direct', email: 'a@b.co' })];
      for await (const event of client.jobs.watch('j')) told.push(event);
      const headers = { 'webhook-id': '1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' };
      const options = { toleranceSeconds: 1e12 };
      await usher.webhooks.verify('{}', headers, 'whsec_AAAA', options).catch((error) => told.push(error.reason));
      return told;
    })()`,
    edge,
  )) as unknown;
  expect(told).toMatchObject([
    { job_id: 'j' },
    { type: 'finished', job: { id: 'j' } },
    'signature',
  ]);
  expect(server.requests).toHaveLength(3);
});

const CONSUMER = `
import { createUsher, isUsherError, webhooks } from "@usher/sdk";
import type { Job, JobEvent, TargetCode, WebhookEvent } from "@usher/sdk";

const usher = createUsher({ apiKey: 'k', baseUrl: 'https://usher.example.com', fetch });
const answer = await usher.invites.bulk({ invite_method: 'direct', email: 'a@b.co', website_ids: [] });
const id: string = answer.job_id;
// @ts-expect-error: no such method of inviting
usher.invites.bulk({ invite_method: 'post', email: 'a@b.co' });
// @ts-expect-error: a job says what kind it is
usher.jobs.submit({ invite_method: 'direct', email: 'a@b.co', website_ids: [] });
const job = await usher.jobs.submit({ kind: 'billing-provisioning', group_ids: [] });
const data: Job = (await job.wait({ timeoutMs: 1 })).data;
for await (const target of usher.jobs.targets(id)) {
  const code: TargetCode | null = target.code;
  console.log(code, data);
}
for await (const event of job.watch()) {
  const told: JobEvent = event;
  if (event.type === 'target') console.log(event.target.position, told.id);
  else console.log(event.job.counts.failed);
}
const event: WebhookEvent = await webhooks.verify('', new Headers(), ['whsec_a']);
if (event.type === 'job.target_failed') console.log(event.data.target.code, event.data.sequence);
// @ts-expect-error: not every event has a job
console.log(event.data.job);
try {
  await usher.groups.update('g', { name: 'N' });
} catch (error) {
  if (isUsherError(error, 'external_id_in_use')) console.log(error.existing?.name, error.code satisfies 'external_id_in_use');
  // @ts-expect-error: no such code
  isUsherError(error, 'existing');
}
`;

describe.each([
  { where: 'a browser', lib: ['es2022', 'dom'], types: [] },
  { where: 'Node', lib: ['es2022'], types: ['node'] },
])('in a strict TypeScript program for $where', ({ lib, types }) => {
  test('types say what may be written and what may not, with nothing else installed', () => {
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      target: 'es2022',
      module: 'nodenext',
      lib,
      types,
      typeRoots: [join(root, 'node_modules/@types')],
    };
    writeFileSync(join(project, 'consumer.mts'), CONSUMER);
    const config = join(project, 'tsconfig.json');
    writeFileSync(config, JSON.stringify({ compilerOptions, files: ['consumer.mts'] }));
    expect(check(config)).toBe('');
  });
});

/** What the compiler has to say. */
function check(config: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', config], {
    encoding: 'utf8',
  });
  return stdout + stderr;
}
