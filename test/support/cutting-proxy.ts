import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export interface CuttingProxy {
  url: string;
  /** Cut the connection of the next COMMIT: before Postgres hears of it, or after it answered. */
  cutNextCommit(when: 'before' | 'after'): void;
  /** Refuse and cut everything, until told otherwise. */
  setDown(down: boolean): void;
  cuts: number;
  close(): Promise<void>;
}

const COMMIT = /\bcommit\0/;

/** A way to Postgres that breaks on demand, at the moments that matter. */
export async function startCuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let next: 'before' | 'after' | undefined;
  let down = false;

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let cutAtAnswer = false;
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // A cut connection reports itself; its other half is closed with it.
      socket.on('error', cut);
      socket.on('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
    if (down) return cut();
    client.on('data', (chunk) => {
      if (next !== undefined && COMMIT.test(chunk.toString('latin1'))) {
        proxy.cuts += 1;
        cutAtAnswer = next === 'after';
        next = undefined;
        if (!cutAtAnswer) return cut();
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => (cutAtAnswer ? cut() : client.write(chunk)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const proxy: CuttingProxy = {
    url: url.href,
    cuts: 0,
    cutNextCommit(when) {
      next = when;
    },
    setDown(value) {
      down = value;
      if (down) for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
