import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HealthServer {
  port: number;
  /** From now on `/health/ready` asks `ready`; before, it answers 503. */
  setStarted(): void;
  close(): Promise<void>;
}

/** `/health/live`: the process answers. `/health/ready`: what it needs answers too. */
export async function startHealthServer(options: {
  host: string;
  port: number;
  ready: () => Promise<unknown>;
}): Promise<HealthServer> {
  let started = false;
  const server = createServer((request, response) => {
    const answer = (status: number, body: Record<string, string>) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.url === '/health/live') return answer(200, { status: 'ok' });
    if (request.url !== '/health/ready') return answer(404, { error: 'Not found' });
    if (!started) return answer(503, { status: 'starting' });
    options.ready().then(
      () => answer(200, { status: 'ok' }),
      (error: Error) => answer(503, { status: 'unavailable', reason: error.name }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    setStarted() {
      started = true;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
