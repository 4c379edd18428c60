import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { type Respond, startReceiver } from '../testing/start-receiver.ts';
import { startSender } from '../testing/start-sender.ts';

async function sendTo(respond: Respond, timeoutMs = 5_000) {
  const receiver = await startReceiver(respond);
  const { send } = startSender({ timeoutMs });
  const result = await send(`http://127.0.0.1:${receiver.port}`);
  return { receiver, result, send };
}

/** Writes one of these every 20 ms, forever, until the other side hangs up. */
function drip(socket: Socket, text: string) {
  const timer = setInterval(() => socket.write(text), 20);
  const end = () => clearInterval(timer);
  socket.on('error', end).on('close', end);
  onTestFinished(end);
}

const NO_ANSWER = { status: null, response: null };

test('no answer within the time is a timeout, and the connection is closed', async () => {
  const { receiver, result } = await sendTo(() => undefined, 300);
  expect(result).toMatchObject({
    ...NO_ANSWER,
    code: 'timeout',
    message: 'no answer within 0.3 s',
  });
  expect(result.durationMs).toBeGreaterThanOrEqual(290);
  expect(result.durationMs).toBeLessThan(3_000);
  await waitFor('the connection is closed', () => receiver.open() === 0);
});

test('headers that drip are a timeout: the time is for the whole', async () => {
  const { receiver, result } = await sendTo((_, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
    drip(socket, 'a');
  }, 300);
  expect(result).toMatchObject({ ...NO_ANSWER, code: 'timeout' });
  await waitFor('the connection is closed', () => receiver.open() === 0);
});

test('interim answers without end are a timeout', async () => {
  const { result } = await sendTo((_, socket) => drip(socket, 'HTTP/1.1 103 Early\r\n\r\n'), 300);
  expect(result).toMatchObject({ ...NO_ANSWER, code: 'timeout' });
});

test.each([
  [200, 'delivered'],
  [500, 'refused'],
])('status %i stands though its body drips: 1 s of it is read', async (status, code) => {
  const { receiver, result, send } = await sendTo((response, socket) => {
    response.writeHead(status).write('first');
    drip(socket, '1\r\na\r\n');
  });
  expect(result).toMatchObject({ code, status, response: expect.stringMatching(/^firsta+$/) });
  expect(result.durationMs).toBeGreaterThan(900);
  expect(result.durationMs).toBeLessThan(3_500);
  await waitFor('the connection is closed', () => receiver.open() === 0);
  expect(await send(`http://127.0.0.1:${receiver.port}`)).toMatchObject({ code });
  expect(receiver.accepted()).toBe(2);
});

test('the time of the whole cuts a body short, too', async () => {
  const { result } = await sendTo((response, socket) => {
    response.writeHead(200).write('first');
    drip(socket, '1\r\na\r\n');
  }, 300);
  expect(result).toMatchObject({ code: 'delivered', status: 200 });
  expect(result.durationMs).toBeLessThan(900);
});

test('of an enormous body 64 KB are read and 1,024 bytes kept, and its sender is cut off', async () => {
  let written = 0;
  const { receiver, result } = await sendTo((response) => {
    const chunk = 'é'.repeat(8 * 1024);
    const pour = () => {
      written += chunk.length;
      if (response.write(chunk)) setImmediate(pour);
    };
    response.writeHead(200).on('drain', pour);
    pour();
  });
  expect(result).toMatchObject({ code: 'delivered', response: 'é'.repeat(512) });
  expect(result.durationMs).toBeLessThan(900);
  await waitFor('the connection is closed', () => receiver.open() === 0);
  // What the kernels had buffered is in it.
  expect(written).toBeLessThan(50 * 1024 * 1024);
});

test('a compressed bomb is not opened, asked for or not', async () => {
  const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024));
  const { result } = await sendTo((response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
  });
  expect(result).toMatchObject({ code: 'delivered', status: 200 });
  expect(result.response).toMatch(/^\uFFFD/);
  expect(result.response?.length).toBeLessThanOrEqual(1_024);
  expect(result.response).not.toContain('\0');
});

test('a body that is cut off changes nothing: it was delivered', async () => {
  const { result } = await sendTo((response, socket) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half', () => socket.destroy());
  });
  expect(result).toMatchObject({ code: 'delivered', status: 200, response: 'half' });
});

test.each<[string, Respond, string]>([
  [
    'a reset',
    (_, socket) => socket.resetAndDestroy(),
    'the connection was closed before an answer',
  ],
  ['a close', (_, socket) => socket.end(), 'the connection was closed before an answer'],
  [
    'half the headers',
    (_, socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le'),
    'the connection was closed before an answer',
  ],
  ['another protocol', (_, socket) => socket.end('SSH-2.0-x\r\n'), 'the answer is not HTTP'],
  [
    'a status that there is not',
    (_, socket) => socket.end('HTTP/1.1 099 X\r\ncontent-length: 0\r\n\r\n'),
    'the answer is not HTTP',
  ],
  [
    'too many headers',
    (_, socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`),
    'the headers of the answer are too long',
  ],
  [
    'another protocol after 101',
    (_, socket) =>
      socket.write('HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
    'the connection was closed before an answer',
  ],
])('%s is a broken answer', async (_, respond, message) => {
  const { result } = await sendTo(respond);
  expect(result).toMatchObject({ ...NO_ANSWER, code: 'broken_answer', message });
});

test('our signal interrupts: before, while waiting, and never once an answer is there', async () => {
  const receiver = await startReceiver((response, socket, { path }) => {
    if (path !== '/answers') return;
    response.writeHead(200).write('first');
    drip(socket, '1\r\na\r\n');
  });
  const { send } = startSender();
  const url = `http://127.0.0.1:${receiver.port}`;
  const interrupted = { ...NO_ANSWER, code: 'interrupted', message: 'interrupted' };
  expect(await send(url, AbortSignal.abort())).toMatchObject(interrupted);
  expect(receiver.accepted()).toBe(0);

  const waiting = new AbortController();
  const pending = send(url, waiting.signal);
  await waitFor('the request arrives', () => receiver.received.length === 1);
  waiting.abort();
  expect(await pending).toMatchObject(interrupted);
  await waitFor('the connection is closed', () => receiver.open() === 0);

  const answered = new AbortController();
  const late = send(`${url}/answers`, answered.signal);
  await waitFor('the request arrives', () => receiver.received.length === 2);
  setTimeout(() => answered.abort(), 200);
  expect(await late).toMatchObject({ code: 'delivered', status: 200 });
});
