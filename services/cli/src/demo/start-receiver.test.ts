import { expect, onTestFinished, test } from 'vitest';
import { startReceiver, type Receiver } from './start-receiver.ts';

const NEVER = new AbortController().signal;

test('what arrives is kept as it was sent, in its order, and answered 204', async () => {
  const receiver = await started();
  const bodies = ['{"a" :  1}\n', '{"name":"Zoë 漢"}'];
  for (const [index, body] of bodies.entries()) {
    const answer = await post(receiver, body, `event-${index}`);
    expect(answer.status).toBe(204);
  }
  expect(receiver.received.map(({ body }) => body.toString())).toEqual(bodies);
  expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([
    'event-0',
    'event-1',
  ]);
});

test('the first webhook is waited for, and is the same afterwards', async () => {
  const receiver = await started();
  const waiting = receiver.waitForFirst(NEVER);
  await post(receiver, 'one', 'event-1');
  await post(receiver, 'two', 'event-2');
  expect((await waiting)?.body.toString()).toBe('one');
  expect((await receiver.waitForFirst(NEVER))?.body.toString()).toBe('one');
});

test('a wait that is given up rejects, whether it has begun or not', async () => {
  const receiver = await started();
  const stop = new AbortController();
  const waiting = receiver.waitForFirst(stop.signal);
  stop.abort();
  await expect(waiting).rejects.toThrow('aborted');
  await expect(receiver.waitForFirst(stop.signal)).rejects.toThrow('aborted');
});

test('once closed it answers nobody', async () => {
  const receiver = await started();
  await receiver.close();
  await expect(post(receiver, 'late', 'event-1')).rejects.toThrow('fetch failed');
});

async function started(): Promise<Receiver> {
  const receiver = await startReceiver();
  onTestFinished(() => receiver.close());
  return receiver;
}

function post({ url }: Receiver, body: string, id: string): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'webhook-id': id }, body });
}
