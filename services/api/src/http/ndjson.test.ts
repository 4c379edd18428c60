import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { sendLines } from './ndjson.ts';

const BATCHES = 10_000;
const app = () => Fastify({ forceCloseConnections: true });
let opened = app();
afterEach(() => opened.close());

/** An answer of a gigabyte, how much of it was read, and whether reading it has ended. */
async function serve() {
  opened = app();
  const reading = { batches: 0, ended: false };
  async function* read() {
    try {
      for (; reading.batches < BATCHES; reading.batches += 1) yield [{ text: 'x'.repeat(100_000) }];
    } finally {
      reading.ended = true;
    }
  }
  opened.get('/lines', (asked, reply) => sendLines(asked, reply, read()));
  opened.get('/other', () => 'ok');
  await opened.listen({ port: 0, host: '127.0.0.1' });
  const { port } = opened.server.address() as AddressInfo;
  return { reading, url: `http://127.0.0.1:${port}` };
}

test('HEAD is answered without reading a line', async () => {
  const { reading, url } = await serve();
  const { status, headers } = await fetch(`${url}/lines`, { method: 'HEAD' });
  expect([status, headers.get('content-type')]).toEqual([
    200,
    'application/x-ndjson; charset=utf-8',
  ]);
  await (await fetch(`${url}/other`)).text();
  expect(reading).toEqual({ batches: 0, ended: false });
});

test('whoever takes nothing more is not read for, and whoever hangs up ends the reading', async () => {
  const { reading, url } = await serve();
  const asked = request(`${url}/lines`).end();
  const answer = await new Promise<NodeJS.ReadableStream>((resolve) => {
    asked.once('response', resolve);
  });
  await new Promise((resolve) => {
    answer.once('readable', resolve);
  });
  asked.destroy();
  await waitFor('the reading has ended', () => reading.ended);
  expect(reading.batches).toBeLessThan(BATCHES / 10);
});
