import { join } from 'node:path';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { freePort, startProcess } from '@usher/infra';
import type { Part, System } from '../support/system.ts';
import { QUICK_START } from './quick-start.ts';

const API = join(import.meta.dirname, '../../services/api/src/main.ts');
const COMMIT = /\bcommit\0/;

export interface DoomedApi extends Part {
  /** Ends what stood between it and Postgres. */
  close(): Promise<void>;
}

/**
 * An API that is killed when Postgres has answered one of its COMMITs and it has not heard of it yet:
 * after the commit, and before its own answer.
 * @param atCommit which of its COMMITs, from 1.
 */
export async function startDoomedApi(system: System, atCommit: number): Promise<DoomedApi> {
  const { port: databasePort, hostname } = new URL(system.databaseUrl);
  const sockets = new Set<Socket>();
  let pid = 0;
  let commits = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(databasePort), hostname);
    let deadly = false;
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      // The other end was killed, or ended: so does this one.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (COMMIT.test(chunk.toString('latin1'))) {
        commits += 1;
        deadly ||= commits === atCommit;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (deadly) process.kill(pid, 'SIGKILL');
      else client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const database = new URL(system.databaseUrl);
  database.hostname = '127.0.0.1';
  database.port = String((server.address() as AddressInfo).port);

  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = await startProcess({
    name: 'doomed api',
    file: API,
    env: {
      ...QUICK_START,
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: database.href,
      RATE_LIMIT_PER_MINUTE: '1000000',
    },
    readyUrl: `${url}/health/ready`,
  });
  pid = child.pid;
  return Object.assign(child, {
    url,
    async close() {
      await child.stop();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
