import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { checkAnswer } from '../support/contract/check-answer.ts';

export interface Judge {
  url: string;
  requests(): number;
  /** How many answers there were, by status. */
  statuses: Map<number, number>;
  findings: string[];
  close(): Promise<void>;
}

/** Stands before an API, passes everything on, and holds every answer against its document. */
export async function startJudge(apiUrl: string): Promise<Judge> {
  const statuses = new Map<number, number>();
  const findings: string[] = [];
  let requests = 0;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = request;
    const headers = Object.entries(request.headers).flatMap(([name, value]) =>
      HOP.has(name) || value === undefined ? [] : [[name, String(value)] as [string, string]],
    );
    const body = await buffer(request);
    const answer = await fetch(apiUrl + path, {
      method,
      headers,
      redirect: 'manual',
      ...(body.length > 0 && { body }),
    });
    const text = await answer.text();
    requests += 1;
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    try {
      if (answer.status >= 500) throw new Error(`a ${answer.status}: ${text.slice(0, 500)}`);
      checkAnswer({ method, path, status: answer.status, headers: answer.headers, text });
    } catch (error) {
      findings.push(
        `${method} ${path} ${body.toString().slice(0, 500)}: ${(error as Error).message}`,
      );
    }
    const passed = [...answer.headers].filter(([name]) => !HOP.has(name));
    response.writeHead(answer.status, Object.fromEntries(passed)).end(text);
  }

  const server = createServer((request, response) => {
    pass(request, response).catch((error: unknown) => {
      findings.push(String(error));
      response.writeHead(502).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => requests,
    statuses,
    findings,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What is between two ends of one connection alone. */
const HOP = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'host',
  'keep-alive',
  'transfer-encoding',
]);
