import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@usher/infra';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { DAWDLE } from '../support/dawdle.ts';
import { runUsher, startUsher, USHER_IN_SHELL, type UsherResult } from '../support/run-usher.ts';
import { startSystem, type Part, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

const TARGETS = 1_200;
const UNKNOWN = '019aaaaa-0000-7000-8000-000000000000';
// oxlint-disable-next-line no-control-regex
const ANSI = /\u001B/;

let system: System;
let folder: string;
beforeAll(async () => {
  system = await startSystem({ websites: TARGETS });
  for (const statement of DAWDLE) await sql.raw(statement).execute(system.db);
  folder = mkdtempSync(join(tmpdir(), 'usher-cli-'));
});
afterAll(async () => {
  await system.close();
  rmSync(folder, { recursive: true });
});

const api = () => system.apis.at(-1) as Part;
const environment = (more: Record<string, string> = {}) => ({
  USHER_API_URL: api().url,
  USHER_API_KEY: system.tenant.key,
  ...more,
});
const usher = (...args: string[]) => runUsher(args, { environment: environment() });

/** The one document of a command that said nothing else, and its exit code. */
async function json(...args: string[]) {
  const { code, stdout, stderr } = await usher(...args, '--json');
  expect(stderr).toBe('');
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  return { code, body: JSON.parse(stdout) };
}

const sites = (from: number, to: number) => system.tenant.websiteIds.slice(from, to);
const invite = (email: string, ids: readonly string[]) => [
  'invite',
  '--email',
  email,
  '--method',
  'direct',
  '--website',
  ...ids,
];

/** A job of so many targets, submitted from standard input. */
async function submit(email: string, ids: readonly string[], more: object = {}): Promise<string> {
  const body = { kind: 'bulk-invite', invite_method: 'direct', email, website_ids: ids, ...more };
  const { code, stdout } = await runUsher(['job', 'submit', '--file', '-', '--json'], {
    environment: environment(),
    input: JSON.stringify(body),
  });
  expect(code).toBe(0);
  return JSON.parse(stdout).job.id;
}
const later = () => ({ start_at: new Date(Date.now() + 3_600_000).toISOString() });

const failed = ({ code, stdout, stderr }: UsherResult) => {
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^usher: .+\n$/);
  return { code, stderr };
};

test('an invite exits 0 when all succeeded, 3 when some did, 1 when none did', async () => {
  const all = await json(...invite('ann@example.com', sites(0, 2)));
  expect(all).toMatchObject({ code: 0, body: { job: { state: 'succeeded' } } });
  expect(all.body.targets.map((target: { code: string }) => target.code)).toEqual([
    'added',
    'added',
  ]);
  const some = await json(...invite('ann@example.com', sites(1, 3)));
  expect(some).toMatchObject({ code: 3, body: { job: { state: 'partially_failed' } } });
  expect(some.body.targets[0]).toMatchObject({ website_id: sites(1, 2)[0], status: 'failed' });
  const none = await json(...invite('ann@example.com', sites(0, 2)));
  expect(none).toMatchObject({ code: 1, body: { job: { state: 'failed' } } });
});

test('an invite without a method goes out as one email; --async answers before it has', async () => {
  const [first, second] = sites(0, 2) as [string, string];
  const args = ['invite', '--email', 'Bea@Example.com', '--website', first, '--website', second];
  const { code, body } = await json(...args, '--first-name', 'Bea', '--async');
  expect(code).toBe(0);
  expect(Object.keys(body)).toEqual(['job']);
  const mail = await waitFor('the email', () => system.mail.to('bea@example.com')[0]);
  expect(mail.text).toContain('Bea');
  const { body: shown } = await json('job', 'show', body.job.id, '--wait');
  expect(shown.job.state).toBe('succeeded');
  const list = await json('invitation', 'list', '--email', 'bea@example.com');
  expect(list.body.invitations).toMatchObject([{ state: 'pending', targets: { total: 2 } }]);
  const { id } = list.body.invitations[0];
  expect((await json('invitation', 'show', id)).body.id).toBe(id);
  await waitFor('the email is recorded', async () => {
    const { body: now } = await json('invitation', 'show', id);
    return now.email_state === 'sent';
  });
  expect((await json('invitation', 'resend', id)).code).toBe(0);
  expect((await json('invitation', 'revoke', id)).body.state).toBe('revoked');
  expect(failed(await usher('invitation', 'resend', id)).code).toBe(6);
});

test('people read a table without colours in a pipe, every cell of it whole', async () => {
  const args = [...invite('cai@example.com', [...sites(0, 1), UNKNOWN])];
  const wild = environment({ FORCE_COLOR: '1', COLUMNS: '20' });
  const { code, stdout, stderr } = await runUsher(args, { environment: wild });
  expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
  expect(stdout).not.toMatch(ANSI);
  expect(stdout).not.toContain('█');
  expect(stdout).toMatch(/^ {2}# {2}target +status +code +message\n/);
  expect(stdout).toContain(`  1  ${UNKNOWN}  failed     not_found  Website not found\n`);
  expect(stdout).toMatch(/1 of 2 succeeded, 1 failed\. Job [\w-]{36}\n$/);
});

test('a job is submitted from a file, previewed, and refused with what is wrong', async () => {
  const file = join(folder, 'job.json');
  const write = (body: unknown) => writeFileSync(file, JSON.stringify(body));
  const about = { kind: 'bulk-invite', invite_method: 'direct', email: 'dee@example.com' };
  write({ ...about, website_ids: [...sites(0, 1), UNKNOWN] });
  const preview = await json('job', 'submit', '--file', file, '--validate-only');
  expect(preview.body).toMatchObject({
    validate_only: true,
    counts: { total: 2, succeeded: 1, failed: 1 },
  });
  const key = ['--idempotency-key', 'from-the-shell'];
  const first = await json('job', 'submit', '--file', file, ...key, '--wait');
  expect(first).toMatchObject({ code: 3, body: { job: { counts: { succeeded: 1, failed: 1 } } } });
  const again = await json('job', 'submit', '--file', file, ...key);
  expect(again.body.job.id).toBe(first.body.job.id);
  write({ ...about, website_ids: sites(0, 1) });
  expect(failed(await usher('job', 'submit', '--file', file, ...key)).code).toBe(6);
  write({ ...about, website_ids: [], colour: 'red' });
  const refused = failed(await usher('job', 'submit', '--file', file));
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/website_ids.*colour/);
  writeFileSync(file, '{');
  expect(failed(await usher('job', 'submit', '--file', file))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`${file} is not JSON`),
  });
  expect(failed(await usher('job', 'submit', '--file', `${file}.none`)).code).toBe(2);
});

test('watching goes on over a restart of the API, and tells each outcome once', async () => {
  const id = await submit('eli@example.com', system.tenant.websiteIds);
  const watching = startUsher(['job', 'watch', id, '--json'], { environment: environment() });
  const told = () => watching.stdout().split('\n').length;
  await waitFor('some outcomes', () => told() > 50);
  const before = api();
  await before.stop(30_000);
  const seen = told();
  await system.startApi(Number(new URL(before.url).port));
  const { code, stdout, stderr } = await watching.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(seen).toBeLessThan(TARGETS);
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const targets = events.filter(({ event }) => event === 'target').map(({ data }) => data);
  expect(targets.map(({ position }) => position).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: TARGETS }, (_, position) => position),
  );
  expect(Object.keys(events[0])).toEqual(['event', 'id', 'data']);
  expect(events.at(-1)).toMatchObject({ event: 'finished', data: { job: { state: 'succeeded' } } });

  const middle = events.findLast(({ event, data }) => event === 'target' && data.position < 900);
  const rest = await usher('job', 'watch', id, '--json', '--after', middle.id);
  // Progress is told as it is seen: that of a moment which is over is not told again.
  const lasting = (lines: string[]) => lines.filter((line) => !line.includes('"event":"progress"'));
  const after = stdout
    .trimEnd()
    .split('\n')
    .slice(events.indexOf(middle) + 1);
  expect(lasting(rest.stdout.trimEnd().split('\n'))).toEqual(lasting(after));
});

test('Ctrl-C ends watching with 130, says how to go on, and leaves the job alone', async () => {
  const id = await submit('fay@example.com', sites(0, 1_000));
  const watching = startUsher(['job', 'watch', id], { environment: environment() });
  await waitFor('an outcome', () => watching.stdout().includes('added'));
  watching.child.kill('SIGINT');
  const { code, stdout, stderr } = await watching.ended;
  expect(code).toBe(130);
  const command = new RegExp(`usher job watch ${id} --after (\\S+)\\n$`).exec(stderr);
  const rest = await usher('job', 'watch', id, '--after', command?.[1] ?? '');
  expect(rest.code).toBe(0);
  const outcomes = (text: string) => text.split('\n').filter((line) => /^\d/.test(line));
  expect(outcomes(stdout).length + outcomes(rest.stdout).length).toBe(1_000);
});

test('all targets come over pages, and whoever has read enough may leave', async () => {
  const id = await submit('gus@example.com', system.tenant.websiteIds, later());
  const whole = await usher('job', 'targets', id, '--json');
  expect(whole).toMatchObject({ code: 0, stderr: '' });
  const positions = whole.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).position);
  expect(positions).toEqual(Array.from({ length: TARGETS }, (_, position) => position));
  expect((await usher('job', 'targets', id, '--status', 'failed')).stdout).toBe(
    'No such targets.\n',
  );
  const command = `${USHER_IN_SHELL} job targets ${id} | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const piped = spawnSync('bash', ['--norc', '-c', command], {
    env: { PATH: process.env.PATH, ...environment() },
    encoding: 'utf8',
  });
  expect(piped.stdout).toMatch(/^ {2}# +target.*\n0\n$/);
  expect(piped.stderr).toBe('');
});

test('a job is paused, resumed and canceled; what its state forbids is a 6', async () => {
  const id = await submit('hal@example.com', sites(0, 2), later());
  const waited = failed(await usher('job', 'show', id, '--wait', '1'));
  expect(waited).toMatchObject({ code: 8, stderr: expect.stringContaining(`job watch ${id}`) });
  expect((await json('job', 'pause', id)).body.job.state).toBe('paused');
  expect((await json('job', 'resume', id)).body.job.state).toBe('scheduled');
  await json('job', 'cancel', id);
  expect((await json('job', 'show', id, '--wait')).code).toBe(1);
  expect(failed(await usher('job', 'pause', id)).code).toBe(6);
  const listed = await json('job', 'list', '--state', 'canceled', '--limit', '1');
  expect(listed.body).toEqual({ jobs: [expect.objectContaining({ id })], next_cursor: '' });
});

test('what was canceled midway did not all succeed, until it is redriven', async () => {
  const id = await submit('ida@example.com', system.tenant.websiteIds);
  // A process would take longer to start than some machines to finish the job.
  await system.call('POST', `/api/v1/jobs/${id}/cancel`, { api: api() });
  const canceled = await json('job', 'show', id, '--wait');
  const { counts } = canceled.body.job;
  expect(counts.canceled).toBeGreaterThan(0);
  expect(canceled.code).toBe(counts.succeeded > 0 ? 3 : 1);
  const redriven = await json('job', 'redrive', id, '--code', 'canceled', '--wait');
  expect(redriven).toMatchObject({
    code: 0,
    body: { job: { round: 2, state: 'succeeded', counts: { succeeded: TARGETS } } },
  });
});

test('a group is made, changed, shown and listed', async () => {
  const made = await json('group', 'create', '--name', 'Sales', '--website', ...sites(0, 2));
  const { id, websiteIds } = made.body.group;
  expect(websiteIds).toHaveLength(2);
  const [third] = sites(2, 3) as [string];
  const changed = await json('group', 'update', id, '--name', 'Sold', '--add-website', third);
  expect(changed.body.group).toMatchObject({ name: 'Sold' });
  expect((await json('group', 'show', id)).body.group.websites).toHaveLength(3);
  expect((await usher('group', 'list')).stdout).toMatch(new RegExp(`${id} +Sold +3 +off`));
  expect(failed(await usher('group', 'update', id)).code).toBe(2);
  expect(failed(await usher('group', 'update', id, '--external-id', 'x')).code).toBe(5);
});

test('who may not, what is not there and who does not answer have exit codes of their own', async () => {
  const key = 'usher_ThisIsNobodysKeyAtAll00000000000000000';
  const wrong = await runUsher(['job', 'list'], {
    environment: environment({ USHER_API_KEY: key }),
  });
  expect(failed(wrong).code).toBe(5);
  expect(wrong.stderr).toContain('USHER_API_KEY');
  expect(wrong.stderr).not.toContain(key);
  const missing = await usher('job', 'show', UNKNOWN, '--json');
  expect(failed(missing).code).toBe(4);
  const nowhere = `http://127.0.0.1:${await freePort()}`;
  const away = await runUsher(['job', 'list', '--api-url', nowhere], {
    environment: environment(),
  });
  expect(failed(away)).toMatchObject({ code: 7, stderr: expect.stringContaining('ECONNREFUSED') });
  expect(away.stderr).not.toContain(system.tenant.key);
  const page = createServer((_, response) => response.writeHead(404).end('<h1>Nothing here</h1>'));
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void page.close());
  const { port } = page.address() as AddressInfo;
  const elsewhere = await runUsher(['job', 'list'], {
    environment: environment({ USHER_API_URL: `http://127.0.0.1:${port}` }),
  });
  expect(failed(elsewhere)).toMatchObject({
    code: 7,
    stderr: expect.stringContaining("not Usher's API"),
  });
  const nobody = await runUsher(['job', 'list'], { environment: { USHER_API_URL: api().url } });
  expect(failed(nobody).code).toBe(2);
});

test('an option goes before the environment', async () => {
  const tenant = await system.createTenant(1);
  const { stdout } = await usher('job', 'list', '--api-key', tenant.key);
  expect(stdout).toBe('No such jobs.\n');
});

test('a command that cannot be is a 2, and says what may have been meant', async () => {
  const misspelt = failed(await usher('jobb', 'list'));
  expect(misspelt.code).toBe(2);
  expect(misspelt.stderr).toContain('Did you mean job?');
  const neither = failed(await usher('invite', '--email', 'ann@example.com'));
  expect(neither.code).toBe(2);
  expect(neither.stderr).toContain('--website');
});
