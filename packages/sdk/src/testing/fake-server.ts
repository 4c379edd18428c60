import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { createUsher, type Usher, type UsherOptions } from '../index.ts';

export interface FakeRequest {
  method: string;
  /** With its query. */
  url: string;
  headers: IncomingMessage['headers'];
  /** Parsed; undefined where there is none. */
  body: unknown;
  /** `performance.now()` when it was whole. */
  at: number;
}

/** What to do with one request; one that does nothing hangs. */
export type Turn = (response: ServerResponse, request: FakeRequest) => void;

export interface FakeServer {
  url: string;
  /** Every request, in the order of arrival. */
  requests: FakeRequest[];
  /** How many connections clients hold open in the middle of a request. */
  open(): number;
  /** A client of it, with the key `key`. */
  client(options?: Partial<UsherOptions>): Usher;
}

/** A real HTTP server, gone at the end of the test, that takes these turns, and the last one for ever. */
export async function startFakeServer(...turns: [Turn, ...Turn[]]): Promise<FakeServer> {
  const requests: FakeRequest[] = [];
  const open = new Set<ServerResponse>();
  async function take(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    open.add(response);
    response.once('close', () => open.delete(response));
    const { method = '', url = '', headers } = incoming;
    const body = await text(incoming);
    const request = {
      method,
      url,
      headers,
      body: body === '' ? undefined : (JSON.parse(body) as unknown),
      at: performance.now(),
    };
    const turn = turns[Math.min(requests.length, turns.length - 1)] as Turn;
    requests.push(request);
    turn(response, request);
  }
  const server = createServer((incoming, response) => {
    // A client that goes away in the middle is what some tests are about.
    take(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    open: () => open.size,
    client: (options) => createUsher({ apiKey: 'key', baseUrl: url, ...options }),
  };
}

export const answer =
  (status: number, body?: unknown, headers: Record<string, string> = {}): Turn =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  };

/** The request was read, and its answer is lost. */
export const cut: Turn = (response) => void response.destroy();

/** The answer begins, and its end is lost. */
export const cutInBody: Turn = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"groups": [', () => response.destroy());
};

export const hang: Turn = () => undefined;

/** Server-sent events, or lines, after which the connection ends as it should, breaks, or stays. */
export const stream =
  (contentType: string, chunks: string[], then: 'end' | 'break' | 'stay' = 'end'): Turn =>
  (response) => {
    response.writeHead(200, { 'content-type': contentType });
    response.write(chunks.join(''), () => {
      if (then === 'end') response.end();
      if (then === 'break') response.destroy();
    });
  };
