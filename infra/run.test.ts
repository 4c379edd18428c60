import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeEach, expect, test } from 'vitest';

const clones = mkdtempSync(join(tmpdir(), 'usher-run-'));
afterAll(() => rmSync(clones, { recursive: true, force: true }));
let clone = '';

// A clone in small: our two files, a CLI that tells what it gets, and an `npx` that only notes.
beforeEach(() => {
  clone = mkdtempSync(join(clones, 'clone-'));
  for (const folder of ['infra', 'services/cli/src', 'programs'])
    mkdirSync(join(clone, folder), { recursive: true });
  for (const file of ['run.mjs', 'install.mjs']) {
    copyFileSync(join(import.meta.dirname, file), join(clone, 'infra', file));
  }
  write('pnpm-lock.yaml', '');
  write('pnpm-workspace.yaml', '');
  write('package.json', '{"name":"clone","type":"module"}');
  write(
    'services/cli/src/main.ts',
    `const words: string[] = process.argv.slice(2);
     if (words[0] === 'up') {
       const keep = setInterval(() => undefined, 1e6);
       for (const signal of ['SIGINT', 'SIGTERM']) {
         process.on(signal, () => {
           console.log(signal);
           setTimeout(() => process.exit(7), 300);
         });
       }
     }
     console.log(JSON.stringify(words));`,
  );
  write(
    'programs/npx',
    '#!/bin/sh\necho noise\necho "$@" >> installs\nsleep 0.5\nmkdir -p node_modules\n',
  );
  chmodSync(join(clone, 'programs/npx'), 0o755);
});

test('the first run installs, with stdout left to the command, and the second does not', async () => {
  const first = run(['usher', 'org', 'create', '--json']);
  expect(await first.result).toEqual({
    code: 0,
    signal: null,
    stdout: '["org","create","--json"]\n',
  });
  expect(first.stderr()).toMatch(/^Installing dependencies .*\nnoise\n$/);
  const second = run(['demo']);
  expect((await second.result).stdout).toBe('["demo"]\n');
  expect(second.stderr()).toBe('');
  expect(installs()).toEqual([
    '-y pnpm@12.21.0 install --frozen-lockfile --config.confirm-modules-purge=false',
  ]);
  write('pnpm-lock.yaml', 'changed');
  await run(['demo']).result;
  expect(installs()).toHaveLength(2);
});

test('two first runs at once install once, and both do their work', async () => {
  const both = await Promise.all([run(['usher', 'a']).result, run(['usher', 'b']).result]);
  expect(both.map(({ stdout }) => stdout)).toEqual(['["a"]\n', '["b"]\n']);
  expect(installs()).toHaveLength(1);
});

test('a lock left by a run that was killed blocks nothing', async () => {
  mkdirSync(join(clone, '.data'));
  write('.data/install.lock', '999999999');
  expect((await run(['demo']).result).code).toBe(0);
});

test('a failed install says what to do and exits 1', async () => {
  write('programs/npx', '#!/bin/sh\nexit 3\n');
  const failed = run(['demo']);
  expect(await failed.result).toEqual({ code: 1, signal: null, stdout: '' });
  expect(failed.stderr()).toMatch(
    /exit code 3.*network.*npx -y pnpm@12.21.0 install --frozen-lockfile/,
  );
});

test('a signal to the whole group, and once more from npm, reaches the command once and its code comes back', async () => {
  const started = run(['start']);
  await started.line((line) => line === '["up"]');
  process.kill(-(started.child.pid ?? 0), 'SIGINT');
  await started.line((line) => line === 'SIGINT');
  started.child.kill('SIGINT');
  expect(await started.result).toEqual({ code: 7, signal: null, stdout: '["up"]\nSIGINT\n' });
});

test('when npm was told to end, and took only the shell between with it, the command ends too', async () => {
  const script = `"${process.execPath}" infra/run.mjs start; true`;
  const shell = spawn('/bin/sh', ['-c', script], {
    cwd: clone,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...environment(), npm_lifecycle_event: 'start' },
  });
  const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('["up"]');
  shell.kill('SIGTERM');
  expect((await lines.next()).value).toBe('SIGTERM');
  expect((await lines.next()).done).toBe(true);
});

test.runIf(process.platform === 'linux')(
  'when npm is killed, and the shell between lives on, the command ends',
  async () => {
    const script = `"${process.execPath}" infra/run.mjs start; true`;
    const npm = `require('node:child_process').spawn('/bin/sh', ['-c', process.argv[1]], {
      stdio: 'inherit',
    })`;
    const standIn = spawn(process.execPath, ['-e', npm, script], {
      cwd: clone,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...environment(), npm_lifecycle_event: 'start' },
    });
    const lines = createInterface({ input: standIn.stdout })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('["up"]');
    standIn.kill('SIGKILL');
    expect((await lines.next()).value).toBe('SIGTERM');
    expect((await lines.next()).done).toBe(true);
  },
);

test('an unknown command says which there are', async () => {
  const unknown = run(['toString']);
  expect((await unknown.result).code).toBe(1);
  expect(unknown.stderr()).toContain(
    'demo|start|usher|test|test:faults|test:generative|bench|check|build:sdk|format',
  );
});

function write(path: string, text: string): void {
  writeFileSync(join(clone, path), text);
}

function installs(): string[] {
  return readFileSync(join(clone, 'installs'), 'utf8').trim().split('\n');
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${join(clone, 'programs')}${delimiter}${process.env.PATH}` };
}

function run(args: string[]) {
  const child: ChildProcess = spawn(process.execPath, [join(clone, 'infra/run.mjs'), ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(),
  });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const lines = child.stdout ? createInterface({ input: child.stdout }) : undefined;
  const result = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout }));
  const line = (wanted: (line: string) => boolean) =>
    new Promise<void>((resolve) => {
      for (const seen of stdout.split('\n')) if (wanted(seen)) resolve();
      lines?.on('line', (text) => wanted(text) && resolve());
    });
  return { child, result, line, stderr: () => stderr };
}
