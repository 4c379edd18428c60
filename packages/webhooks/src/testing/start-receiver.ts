import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface Received {
  headers: IncomingMessage['headers'];
  path: string | undefined;
  body: string;
}

export type Respond = (response: ServerResponse, socket: Socket, received: Received) => void;

export interface Receiver {
  port: number;
  received: Received[];
  /** Connections that were accepted, over all time. */
  accepted: () => number;
  /** Those that are open. */
  open: () => number;
}

/** A real HTTP server, closed with the test. It answers a request, once that is whole, by `respond`. */
export async function startReceiver(
  respond: Respond = (response) => response.end('thanks'),
  options: { host?: string; port?: number; tls?: { key: string; cert: string } } = {},
): Promise<Receiver> {
  const { host = '127.0.0.1', port = 0, tls } = options;
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  let accepted = 0;
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    void text(request).then((body) => {
      const seen = { headers: request.headers, path: request.url, body };
      received.push(seen);
      respond(response, request.socket, seen);
    });
  };
  const server: Server = tls ? createTlsServer(tls, onRequest) : createServer(onRequest);
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ipv6Only: true }, resolve);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    received,
    accepted: () => accepted,
    open: () => sockets.size,
  };
}
