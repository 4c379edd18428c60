import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, inject, onTestFinished, test } from 'vitest';
import { isRunning } from './running-process.ts';
import { stopParts, type Parts } from './stack-parts.ts';
import { startStack, type Stack, type StackOptions } from './stack.ts';
import { waitUntil } from './wait-until.ts';

const root = mkdtempSync(join(tmpdir(), 'usher-stack-'));
// Open to Postgres' user, so that all of its data is in here.
chmodSync(root, 0o755);
afterAll(() => rmSync(root, { recursive: true, force: true }));
const services = { api: join(root, 'api.ts'), worker: join(root, 'worker.ts') };
for (const path of Object.values(services)) {
  copyFileSync(join(import.meta.dirname, 'testing/stand-in-service.ts'), path);
}
// Where a test is not about the embedded parts, what runs already saves their start.
const elsewhere = { DATABASE_URL: inject('postgresUrl'), SMTP_URL: 'smtp://127.0.0.1:9' };

function options(name: string, more: Partial<StackOptions> = {}): StackOptions {
  const dataDir = join(root, name);
  return {
    dataDir,
    services,
    environment: elsewhere,
    log: () => undefined,
    migrate: async () => {},
    ...more,
  };
}

async function start(how: StackOptions): Promise<Stack> {
  const stack = await startStack(how);
  onTestFinished(() => stack.stop());
  return stack;
}

async function answersOk(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

test('an embedded stack serves, is migrated first, and its database and mail outlast the services', async () => {
  const report = join(root, 'report');
  const migrated: string[] = [];
  const stack = await start(
    options('embedded', {
      environment: { STOP_REPORT: report },
      migrate: async (databaseUrl, queueUrl) => migrated.push(databaseUrl, queueUrl),
    }),
  );
  expect((await fetch(`${stack.apiUrl}/health/ready`)).status).toBe(200);
  expect(await (await fetch(`${stack.mailUrl}/email`)).json()).toEqual([]);
  expect(migrated).toEqual([stack.databaseUrl, stack.databaseUrl]);
  expect(stack.environment.SECRET_KEY).toMatch(/^[0-9a-f]{64}$/);
  expect(stack.environment.WEBHOOK_ALLOW_PRIVATE).toBe('true');
  await Promise.all([stack.stop({ removeData: true }), stack.stop()]);
  expect(existsSync(join(root, 'embedded'))).toBe(false);
  const seen = readFileSync(report, 'utf8').trim().split('\n');
  expect(seen).toEqual(Array(2).fill('{"database":true,"mail":true}'));
  expect(await stack.ended).toEqual({ code: 0, reason: 'stopped' });
  expect([stack.pids.api, stack.pids.worker].filter(isRunning)).toEqual([]);
});

test('the parts stop in order: services, mail catcher, Postgres', async () => {
  const order: string[] = [];
  const part = (name: string) => ({
    stop: async () => {
      await new Promise(setImmediate);
      order.push(name);
    },
  });
  const parts = {
    services: [part('api'), part('worker')],
    mail: part('mail'),
    postgres: part('postgres'),
  };
  await stopParts(parts as unknown as Parts, false);
  expect(order).toEqual(['api', 'worker', 'mail', 'postgres']);
});

test('a second stack on the same folder is refused, and says which process has it', async () => {
  const stack = await start(options('twice'));
  await expect(startStack(options('twice'))).rejects.toThrow(`(process ${process.pid})`);
  await stack.stop();
  await (await start(options('twice'))).stop();
});

test('what a person sets replaces the embedded parts and the defaults', async () => {
  const environment = {
    ...elsewhere,
    SECRET_KEY: 'k'.repeat(64),
    LOG_LEVEL: '',
    EMAIL_FROM: 'a@b.example',
    WEBHOOK_ALLOW_PRIVATE: 'false',
  };
  const stack = await start(options('set', { environment }));
  expect(stack.mailUrl).toBeNull();
  expect(stack.databaseUrl).toBe(elsewhere.DATABASE_URL);
  expect(stack.environment).toMatchObject({
    ...environment,
    LOG_LEVEL: 'info',
    QUEUE_URL: stack.queueUrl,
  });
  await stack.stop();
});

test('a killed service is started again as it was, and the stack stays up', async () => {
  const lines: string[] = [];
  const stack = await start(options('death', { log: (line) => lines.push(line) }));
  const url = `http://127.0.0.1:${stack.environment.WORKER_PORT}/health/ready`;
  const before = { ...stack.pids };
  process.kill(before.worker, 'SIGKILL');
  expect(await waitUntil(() => answersOk(url), { timeoutMs: 10_000 })).toBe(true);
  expect(lines).toEqual(['worker ended (SIGKILL): starting it again']);
  expect(stack.pids.api).toBe(before.api);
  expect(stack.pids.worker).not.toBe(before.worker);
  expect([stack.pids.api, stack.pids.worker].every(isRunning)).toBe(true);
  await stack.stop();
  expect(await stack.ended).toMatchObject({ code: 0 });
  expect([stack.pids.api, stack.pids.worker].filter(isRunning)).toEqual([]);
});

test('a service that keeps dying is given up, and takes the stack down with code 1', async () => {
  const lines: string[] = [];
  const dying = join(root, 'dying-worker.ts');
  copyFileSync(services.worker, dying);
  const stack = await start(
    options('dying', { services: { ...services, worker: dying }, log: (line) => lines.push(line) }),
  );
  writeFileSync(dying, 'console.error("no queue"); process.exit(3);');
  process.kill(stack.pids.worker, 'SIGKILL');
  expect(await stack.ended).toMatchObject({ code: 1 });
  expect(lines).toHaveLength(6);
  expect(lines[5]).toBe(
    'worker ended 6 times within a minute, the last time unexpectedly (code 3). Its last lines:\nno queue',
  );
  expect([stack.pids.api, stack.pids.worker].filter(isRunning)).toEqual([]);
});

test('a stop while a service is being started again leaves nothing running', async () => {
  const silent = join(root, 'silent-worker.ts');
  copyFileSync(services.worker, silent);
  const stack = await start(options('stopped', { services: { ...services, worker: silent } }));
  const before = stack.pids.worker;
  writeFileSync(silent, 'setInterval(() => undefined, 1e6);');
  process.kill(before, 'SIGKILL');
  const spawned = () => stack.pids.worker !== before;
  expect(await waitUntil(spawned, { timeoutMs: 10_000, everyMs: 10 })).toBe(true);
  const again = stack.pids.worker;
  await stack.stop();
  expect(await stack.ended).toEqual({ code: 0, reason: 'stopped' });
  expect([stack.pids.api, again, stack.pids.worker].filter(isRunning)).toEqual([]);
});

test('a stop in the pause before a service is started again starts nothing', async () => {
  const { promise: told, resolve } = Promise.withResolvers<string>();
  const stack = await start(options('paused', { log: resolve }));
  const before = stack.pids.worker;
  process.kill(before, 'SIGKILL');
  expect(await told).toBe('worker ended (SIGKILL): starting it again');
  await stack.stop();
  expect(stack.pids.worker).toBe(before);
  expect([stack.pids.api, before].filter(isRunning)).toEqual([]);
});

test('a service that does not start fails the stack with its last lines', async () => {
  const broken = join(root, 'broken.ts');
  writeFileSync(broken, 'console.error("PORT is not a number"); process.exit(1);');
  const failing = startStack(options('broken', { services: { ...services, api: broken } }));
  await expect(failing).rejects.toThrow(/api ended \(code 1\)[^]*PORT is not a number/);
});

test('what a killed stack left running is ended by the next one on its folder', async () => {
  const dataDir = join(root, 'killed');
  const holder = spawn(
    process.execPath,
    [join(import.meta.dirname, 'testing/hold-stack.ts'), dataDir, services.api, services.worker],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...elsewhere } },
  );
  const [line] = (await once(createInterface({ input: holder.stdout }), 'line')) as [string];
  const { pids } = JSON.parse(line) as { pids: { api: number; worker: number } };
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(isRunning(pids.api)).toBe(true);
  const stack = await start(options('killed'));
  expect([pids.api, pids.worker].filter(isRunning)).toEqual([]);
  await stack.stop();
});

test('a stack stops by itself when the process that started it over IPC is killed', async () => {
  const dataDir = join(root, 'orphan');
  const args = [
    join(import.meta.dirname, 'testing/hold-stack.ts'),
    dataDir,
    services.api,
    services.worker,
  ];
  const middle = spawn(
    process.execPath,
    [
      '-e',
      `const [file, ...args] = process.argv.slice(1);
       require('node:child_process').spawn(process.execPath, [file, ...args], {
         detached: true, stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
       });`,
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...elsewhere } },
  );
  const [line] = (await once(createInterface({ input: middle.stdout }), 'line')) as [string];
  const { pids } = JSON.parse(line) as { pids: { api: number; worker: number } };
  middle.kill('SIGKILL');
  expect(await waitUntil(() => !isRunning(pids.api), { timeoutMs: 10_000 })).toBe(true);
});
