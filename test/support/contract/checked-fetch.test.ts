import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { checkedFetch } from './checked-fetch.ts';

async function serve(type: string, text: string): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': type });
    if (type === 'text/event-stream') response.write(text);
    else response.end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('an answer in the document is passed on, and can be read', async () => {
  const url = await serve('application/json', '{"websites":[]}');
  const response = await checkedFetch(`${url}/api/v1/websites?x=1`);
  expect(await response.json()).toEqual({ websites: [] });
});

test('an answer outside the document is an error', async () => {
  const url = await serve('application/json', '{"websites":[{}]}');
  await expect(checkedFetch(`${url}/api/v1/websites`)).rejects.toThrow('outside the document');
});

test('a stream that goes on is passed on as it begins', async () => {
  const url = await serve('text/event-stream', 'id: 1\n\n');
  const id = '01890a5d-ac96-774b-bcce-b302099a8057';
  const response = await checkedFetch(`${url}/api/v1/jobs/${id}/events`);
  const { value } = (await response.body?.getReader().read()) ?? {};
  expect(new TextDecoder().decode(value)).toBe('id: 1\n\n');
});
