import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from '@usher/infra';
import { Redis } from 'ioredis';
import { waitFor } from './wait-for.ts';

export interface TestRedis {
  url: string;
  pid(): number;
  /** SIGKILL: as a crash, with nothing saved. */
  kill(): Promise<void>;
  /** Again on the same port, empty. */
  start(): Promise<void>;
  /** Run one command, as an operator would. */
  command(...words: [string, ...string[]]): Promise<unknown>;
  /** `keepData`: what was saved is there at the next start. */
  stop(options?: { keepData?: boolean }): Promise<void>;
}

/** The Redis or Valkey server on the PATH; undefined where there is none. */
export function findRedisServer(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const files = folders.flatMap((folder) =>
    ['redis-server', 'valkey-server'].map((name) => join(folder, name)),
  );
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      // Not there, or not ours to run: the next may be.
      return false;
    }
  });
}

/** A real Redis server, in memory alone, on a port that it keeps. */
export async function startRedis(...settings: string[]): Promise<TestRedis> {
  const server = findRedisServer();
  if (!server) throw new Error('no redis-server or valkey-server on the PATH');
  const folder = mkdtempSync(join(tmpdir(), `usher-redis-${randomBytes(3).toString('hex')}-`));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ReturnType<typeof spawn> | undefined;

  const command = async (...[name, ...words]: [string, ...string[]]) => {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    // The rejection of `connect` or `call` says it all.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await client.call(name, ...words);
    } finally {
      client.disconnect();
    }
  };
  const start = async () => {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
    child = spawn(server, [...options, '--save', '', '--appendonly', 'no', ...settings], {
      stdio: 'ignore',
    });
    try {
      await waitFor('Redis answers', () =>
        command('PING').then(
          () => true,
          () => false,
        ),
      );
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    const running = child;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    // A stopped process ends only when it goes on.
    running.kill('SIGCONT');
    await ended;
  };

  await start();
  return {
    url,
    pid: () => child?.pid as number,
    kill: () => end('SIGKILL'),
    start,
    command,
    async stop({ keepData = false } = {}) {
      await end('SIGTERM');
      if (!keepData) rmSync(folder, { recursive: true, force: true });
    },
  };
}
