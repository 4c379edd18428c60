import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { waitUntil } from '../wait-until.ts';
import type { ServerOwner } from './choose-owner.ts';
import { PROGRAM_ENVIRONMENT, SUPERUSER, type Cluster } from './init-cluster.ts';

export type ServerOptions = {
  cluster: Cluster;
  programs: string;
  owner: ServerOwner | undefined;
  port: number;
  settings: Record<string, string>;
  logFile: string;
};

export type Server = { child: ChildProcess; pid: number; exited: Promise<string> };

/** Thrown when the server ended before it answered; `log` holds what it wrote. */
export class ServerEndedError extends Error {
  override name = 'ServerEndedError';
  readonly log: string;
  constructor(how: string, log: string) {
    super(`Postgres did not start (${how}): ${log.trim()}`);
    this.log = log;
  }
}

/** Start the server on its cluster; resolves when it answers a query. */
export async function runServer(options: ServerOptions): Promise<Server> {
  const { cluster, programs, owner, port, logFile } = options;
  const output = openSync(logFile, 'a', 0o600);
  const written = statSync(logFile).size;
  const settings = Object.entries({ ...options.settings, port: String(port) });
  const args = [
    '-D',
    cluster.folder,
    ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  // In a group of its own: a Ctrl-C in the terminal must reach it last, through us.
  const child = spawn(join(programs, 'bin', 'postgres'), args, {
    ...owner,
    cwd: '/',
    env: PROGRAM_ENVIRONMENT,
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const server = watch(child);
  let ended: string | undefined;
  void server.exited.then((how) => (ended = how));
  const url = connectionUrl(cluster.password, port, 'postgres');
  // Recovery after a crash may take a while; as long as the server lives, it works on it.
  const up = await waitUntil(async () => ended !== undefined || (await answers(url)), {
    timeoutMs: 120_000,
    everyMs: 40,
  });
  if (up && ended === undefined) return server;
  child.kill('SIGQUIT');
  await server.exited;
  const log = readFileSync(logFile).subarray(written).toString().slice(-2_000);
  throw new ServerEndedError(ended ?? 'no answer in 120 s', log);
}

/** The address of one database of an embedded cluster. */
export function connectionUrl(password: string, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

function watch(child: ChildProcess): Server {
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
    child.once('error', (error) => resolve(error.message));
  });
  return { child, pid: child.pid ?? 0, exited };
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  let broken: Error | undefined;
  client.on('error', (error) => (broken = error));
  try {
    await client.connect();
    await client.query('select 1');
    return broken === undefined;
  } catch (error) {
    // 28P01: it answers, and no waiting will mend the password.
    if ((error as { code?: string }).code === '28P01') throw error;
    return false;
  } finally {
    await client.end();
  }
}
