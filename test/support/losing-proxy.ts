import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface LosingProxy {
  url: string;
  /** Let the next so many answers come to nobody: the server has sent them, and the client is cut off. */
  loseAnswers(count: number): void;
  /** How many were lost so far. */
  lost: number;
  close(): Promise<void>;
}

/** A way to an HTTP server on which answers are lost on demand. */
export async function startLosingProxy(serverUrl: string): Promise<LosingProxy> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let toLose = 0;

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
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
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => {
      if (toLose === 0) return client.write(chunk);
      toLose -= 1;
      proxy.lost += 1;
      cut();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const { port } = server.address() as AddressInfo;
  const proxy: LosingProxy = {
    url: `http://127.0.0.1:${port}`,
    lost: 0,
    loseAnswers(count) {
      toLose = count;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
