import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSystem, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

const SDK = join(import.meta.dirname, '../../packages/sdk');
const program = mkdtempSync(join(tmpdir(), 'usher-program-'));
const readme = readFileSync(join(SDK, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map((match) => match[1] as string);
const [bulkInvite, submit, watch, receive, mistakes] = blocks as [
  string,
  string,
  string,
  string,
  string,
];

/** Node is ours; the others are tried where they are installed. */
const RUNTIMES = [
  { name: 'Node', command: [process.execPath] },
  { name: 'Bun', command: ['bun'] },
  { name: 'Deno', command: ['deno', 'run', '--allow-all'] },
].filter(({ command: [file = ''] }) => spawnSync(file, ['--version']).status === 0);

let system: System;
let programs = 0;
beforeAll(async () => {
  // What an installer would have written: Deno asks for it.
  const manifest = { type: 'module', dependencies: { '@usher/sdk': '*' } };
  writeFileSync(join(program, 'package.json'), JSON.stringify(manifest));
  system = await startSystem({ websites: 5 });
  const main = join(SDK, 'src/packaging/pack-main.ts');
  const packing = await run([process.execPath, main, join(program, 'node_modules/@usher/sdk')]);
  expect(packing).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await system.close();
  rmSync(program, { recursive: true, force: true });
});

/** Of what it is given, a program knows only where the API is, and a key. */
async function run([file = '', ...args]: string[], more: Record<string, string> = {}) {
  const { PATH } = process.env;
  const child = spawn(file, args, {
    cwd: program,
    env: { PATH, USHER_URL: system.apis[0]?.url, ...more },
  });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await waitFor('it has ended', () => child.exitCode !== null);
  return { code: child.exitCode, errors, lines: output.trim().split('\n') };
}

test('the bulk invite takes ten lines', () => {
  expect(bulkInvite.trim().split('\n')).toHaveLength(10);
});

describe.each(RUNTIMES)('under $name, from the package as it is published', ({ name, command }) => {
  /** What a program of these lines prints. */
  async function linesOf(source: string[], more: Record<string, string>): Promise<string[]> {
    const file = `${name}-${(programs += 1)}.js`;
    writeFileSync(join(program, file), source.join('\n'));
    const { lines, ...end } = await run([...command, file], more);
    expect(end).toEqual({ code: 0, errors: '' });
    return lines;
  }

  test('the ten lines of the README, as they stand, invite to every website', async () => {
    const { key, websiteIds } = await system.createTenant(5);
    const before = system.mail.to('ann@example.com').length;
    expect(await linesOf([bulkInvite], { USHER_API_KEY: key })).toEqual([
      ...websiteIds.map((id) => `${id} Invitation sent`),
      '5 of 5 invited',
    ]);
    await waitFor('one email', () => system.mail.to('ann@example.com').length === before + 1);
  });

  test('its lines on jobs tell of each target, page by page and as a stream: who is invited already, is not again', async () => {
    const { key } = await system.createTenant(5);
    const lines = await linesOf([bulkInvite, submit, watch], { USHER_API_KEY: key });
    expect(lines.filter((line) => /^\d already_invited An/.test(line))).toHaveLength(5);
    expect(lines.filter((line) => /^\d already_invited$/.test(line))).toHaveLength(5);
    expect(lines.at(-1)).toBe('failed');
  });

  test('its lines on errors tell a refusal by its code', async () => {
    const { key, groupIds } = await system.createTenant(5);
    const id = `const id = '${groupIds[0]}';`;
    const lines = await linesOf([bulkInvite, id, mistakes], { USHER_API_KEY: key });
    expect(lines.at(-1)).toMatch(/^403 forbidden \S+$/);
  });

  test('its receiver takes a webhook that is signed, and nothing else', async () => {
    const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
    const body = JSON.stringify({ type: 'job.completed', data: { job: { state: 'succeeded' } } });
    const now = new Date();
    const headers = {
      'webhook-id': 'evt_1',
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': new Webhook(SECRET).sign('evt_1', now, body),
    };
    writeFileSync(join(program, 'receive.js'), receive);
    const post = `import receiver from './receive.js';
      const post = (body) => new Request('http://a', { method: 'POST', body, headers: ${JSON.stringify(headers)} });
      console.log((await receiver.fetch(post(${JSON.stringify(body)}))).status);
      await receiver.fetch(post('{}')).catch((error) => console.log(error.reason));`;
    expect(await linesOf([post], { SECRET })).toEqual(['evt_1 succeeded', '204', 'signature']);
  });
});
