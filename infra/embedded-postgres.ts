import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { takeLock, type Lock } from './lock-file.ts';
import { chooseOwner } from './postgres/choose-owner.ts';
import { choosePlace } from './postgres/choose-place.ts';
import { findPrograms } from './postgres/find-binaries.ts';
import { openCluster } from './postgres/init-cluster.ts';
import { connectionUrl, runServer, ServerEndedError } from './postgres/run-server.ts';
import type { Server, ServerOptions } from './postgres/run-server.ts';
import { stopLeftover } from './postgres/stop-leftover.ts';
import { settlesWithin } from './wait-until.ts';

export type PostgresOptions = {
  /** Kept between runs. Where its user cannot reach it, only the password and the log are in it. */
  dataDir: string;
  /** A free one if left out. */
  port?: number;
  /** `false`: nothing is synced to disk; for tests. Default `true`. */
  durable?: boolean;
  /** Empty the data first. */
  fresh?: boolean;
  /** Settings as in postgresql.conf, over our own. */
  settings?: Record<string, string>;
  log?: (line: string) => void;
};

export type Postgres = {
  /** The address of a database as superuser; `postgres` unless named. It is not created. */
  url(database?: string): string;
  port: number;
  pid: number;
  /** Resolves when the server has ended, for whatever reason, and says how. */
  exited: Promise<string>;
  /** Fast shutdown, then harder ones after `timeoutMs` (default 15,000). May be called twice. */
  stop(options?: { timeoutMs?: number; removeData?: boolean }): Promise<void>;
};

const SETTINGS = {
  unix_socket_directories: '',
  listen_addresses: '127.0.0.1',
  max_connections: '300',
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_checkpoints: 'off',
};
const LOCK = 'lock';
const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Start a Postgres from npm's binaries on 127.0.0.1, for trial runs and tests; resolves when it answers.
 * @throws {LockedError} when a live process already runs one on this folder.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const log = options.log ?? (() => undefined);
  const durable = options.durable ?? true;
  const dataDir = resolve(options.dataDir);
  const programs = await findPrograms();
  const owner = chooseOwner(log);
  mkdirSync(dataDir, { recursive: true });
  const lock = takeLock(join(dataDir, LOCK));
  try {
    const place = choosePlace({ dataDir, programs, owner, log });
    await stopLeftover(join(place.parent, 'cluster'), log);
    if (options.fresh) rmSync(join(dataDir, 'password'), { force: true });
    const cluster = await openCluster({ dataDir, place, owner, durable });
    const { server, port } = await runOnPort(options.port, {
      cluster,
      programs: place.programs,
      owner,
      settings: { ...SETTINGS, ...(durable ? {} : NOT_DURABLE), ...options.settings },
      logFile: join(dataDir, 'postgres.log'),
    });
    // The last resort of a process that exits without stopping us.
    const onExit = () => server.child.kill('SIGINT');
    process.once('exit', onExit);
    let stopping: Promise<void> | undefined;
    return {
      url: (database = 'postgres') => connectionUrl(cluster.password, port, database),
      port,
      pid: server.pid,
      exited: server.exited,
      async stop({ timeoutMs = 15_000, removeData = false } = {}) {
        stopping ??= shutDown(server, timeoutMs).then(() => {
          process.off('exit', onExit);
          if (!removeData) lock.release();
        });
        await stopping;
        if (!removeData) return;
        rmSync(cluster.folder, { recursive: true, force: true });
        if (place.parent !== dataDir) rmSync(place.parent, { recursive: true, force: true });
        removeFolder(dataDir, lock);
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The lock last: whoever takes it next finds an empty folder, or one that is theirs already. */
function removeFolder(folder: string, lock: Lock): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (name !== LOCK) rmSync(join(folder, name), { recursive: true, force: true });
  }
  lock.release();
  try {
    rmdirSync(folder);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(code)) throw error;
  }
}

async function runOnPort(wanted: number | undefined, options: Omit<ServerOptions, 'port'>) {
  for (let attempt = 1; ; attempt += 1) {
    const port = wanted ?? (await freePort());
    try {
      return { server: await runServer({ ...options, port }), port };
    } catch (error) {
      if (!(error instanceof ServerEndedError) || attempt >= 20) throw error;
      const portLost = /could not bind|Address already in use/i.test(error.log);
      // The last backends of a server that was killed still hold its shared memory for a moment.
      const stillHeld = /pre-existing shared memory block/i.test(error.log);
      if (!stillHeld && (!portLost || wanted !== undefined)) throw error;
      await delay(250);
    }
  }
}

async function shutDown(server: Server, timeoutMs: number): Promise<void> {
  const steps = [
    { signal: 'SIGINT', waitMs: timeoutMs },
    { signal: 'SIGQUIT', waitMs: 1_000 },
    { signal: 'SIGKILL', waitMs: 1_000 },
  ] as const;
  for (const { signal, waitMs } of steps) {
    server.child.kill(signal);
    if (await settlesWithin(server.exited, waitMs)) return;
  }
}
