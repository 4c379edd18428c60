import type { ServerResponse } from 'node:http';

/** An HTTP answer, or none: left waiting for ever, or with the connection reset. */
export type Answer =
  | { status: number; body: unknown; headers?: Record<string, string> }
  | 'none'
  | 'reset';

/** Sends it. A string is sent as it is, anything else as JSON. */
export function sendAnswer(response: ServerResponse, answer: Answer): void {
  if (answer === 'none') return;
  if (answer === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const { status, body, headers } = answer;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(text);
}
