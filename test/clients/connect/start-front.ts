import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Front {
  url: string;
  /** What came, as `GET /v1/groups?page=1`; the test empties it. */
  requests: string[];
  /** Answer the next requests with these, in turn, without passing them on. */
  refuseNext(...refusals: Array<{ status: number; headers?: Record<string, string> }>): void;
  /** Pass the next request on, and hang up in place of its answer: that is what is returned. */
  loseNextAnswer(): Promise<unknown>;
  close(): Promise<void>;
}

/** A load balancer before the API, on a bad day. */
export async function startFront(apiUrl: string): Promise<Front> {
  const { hostname, port } = new URL(apiUrl);
  const refusals: Parameters<Front['refuseNext']> = [];
  let lose: ((answer: unknown) => void) | undefined;

  function passOn(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, url: path, headers } = incoming;
    const onward = request({ hostname, port, method, path, headers });
    onward.once('error', (error) => outgoing.destroy(error));
    onward.once('response', (answer) => {
      text(answer).then(
        (body) => {
          if (!lose) return outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(body);
          lose(JSON.parse(body));
          lose = undefined;
          return outgoing.destroy();
        },
        (error: Error) => outgoing.destroy(error),
      );
    });
    incoming.pipe(onward);
  }

  const server = createServer((incoming, outgoing) => {
    front.requests.push(`${incoming.method} ${incoming.url}`);
    const refusal = refusals.shift();
    if (!refusal) return passOn(incoming, outgoing);
    incoming.resume();
    outgoing.writeHead(refusal.status, { 'content-type': 'application/json', ...refusal.headers });
    outgoing.end(JSON.stringify({ message: `The load balancer says ${refusal.status}` }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const front: Front = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    refuseNext: (...wanted) => void refusals.push(...wanted),
    loseNextAnswer: () => new Promise((resolve) => (lose = resolve)),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return front;
}
