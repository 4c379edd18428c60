import { beforeEach, expect, test, vi } from 'vitest';
import { isUsherError, UsherConnectionError, type JobEvent } from '../index.ts';
import { answer, cut, hang, startFakeServer, stream, type Turn } from '../testing/fake-server.ts';

const SSE = 'text/event-stream';
const target = (n: number) =>
  `id: e${n}\nevent: target\ndata: {"round":1,"position":${n},"status":"succeeded"}\n\n`;
const progress = (n: number) => `id: e${n}\nevent: progress\ndata: {"job":{"id":"j"}}\n\n`;
const finished = (n: number) =>
  `id: e${n}\nevent: finished\ndata: {"job":{"id":"j","state":"succeeded"}}\n\n`;
/** So that tests need not wait the second that the API asks for. */
const SOON = 'retry: 1\n\n';
const events = (chunks: string[], then?: 'end' | 'break' | 'stay'): Turn =>
  stream(SSE, [SOON, ...chunks], then);

async function all(watch: AsyncIterable<JobEvent>): Promise<JobEvent[]> {
  const told = [];
  for await (const event of watch) told.push(event);
  return told;
}

const ids = (told: JobEvent[]) => told.map(({ id }) => id);

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));

test('a job is told until it has finished, each event with what it is about', async () => {
  const server = await startFakeServer(events([target(0), progress(1), finished(2)], 'stay'));
  expect(await all(server.client().jobs.watch('j'))).toEqual([
    { type: 'target', id: 'e0', round: 1, target: { position: 0, status: 'succeeded' } },
    { type: 'progress', id: 'e1', job: { id: 'j' } },
    { type: 'finished', id: 'e2', job: { id: 'j', state: 'succeeded' } },
  ]);
  expect(server.requests[0]).toMatchObject({
    url: '/api/v1/jobs/j/events',
    headers: { accept: SSE, 'x-api-key': 'key' },
  });
  expect(server.requests[0]?.headers).not.toHaveProperty('last-event-id');
  await vi.waitFor(() => expect(server.open()).toBe(0));
});

test('a connection that breaks in the middle of an event goes on after the last whole one', async () => {
  const server = await startFakeServer(
    events([target(0), target(1), target(2).slice(0, -10)], 'break'),
    cut,
    answer(503, { detail: 'Starting', code: 'unavailable' }),
    events([target(2)], 'end'),
    events([finished(3)]),
  );
  expect(ids(await all(server.client().jobs.watch('j')))).toEqual(['e0', 'e1', 'e2', 'e3']);
  expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual([
    undefined,
    'e1',
    'e1',
    'e1',
    'e2',
  ]);
});

test('events come whole, however their bytes are cut', async () => {
  const text = `${target(0).replace('succeeded', 'é€😀')}${finished(1)}`;
  const bytes = Buffer.from(text);
  const server = await startFakeServer((response) => {
    response.writeHead(200, { 'content-type': SSE });
    void (async () => {
      for (const byte of bytes) {
        await new Promise((resolve) => response.write(Buffer.from([byte]), resolve));
      }
    })();
  });
  const [first, last] = await all(server.client().jobs.watch('j'));
  expect(first).toMatchObject({ target: { status: 'é€😀' } });
  expect(last).toMatchObject({ type: 'finished' });
});

test('a connection that says nothing, not even a heartbeat, is given up for another', async () => {
  const server = await startFakeServer(events([target(0)], 'stay'), events([finished(1)]));
  const told = await all(server.client().jobs.watch('j', { silenceMs: 200 }));
  expect(ids(told)).toEqual(['e0', 'e1']);
  expect(server.requests[1]?.headers['last-event-id']).toBe('e0');
  await vi.waitFor(() => expect(server.open()).toBe(0));
});

test('heartbeats keep a quiet connection', async () => {
  const server = await startFakeServer((response) => {
    response.writeHead(200, { 'content-type': SSE });
    let beats = 0;
    const timer = setInterval(() => {
      beats += 1;
      response.write(beats < 12 ? ': heartbeat\n\n' : finished(0));
    }, 50);
    response.once('close', () => clearInterval(timer));
  });
  expect(await all(server.client().jobs.watch('j', { silenceMs: 400 }))).toHaveLength(1);
  expect(server.requests).toHaveLength(1);
});

test('a slow consumer is not silence', async () => {
  const server = await startFakeServer(events([target(0), finished(1)], 'stay'));
  const told = [];
  for await (const event of server.client().jobs.watch('j', { silenceMs: 100 })) {
    told.push(event);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(told).toHaveLength(2);
  expect(server.requests).toHaveLength(1);
});

test('an event that was told before is where another watch goes on; 204 says that it was the last', async () => {
  const server = await startFakeServer(answer(204));
  expect(await all(server.client().jobs.watch('j', { lastEventId: 'e9' }))).toEqual([]);
  expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual(['e9']);
});

test('what this version does not know is left out, and gone on after', async () => {
  const server = await startFakeServer(
    events([target(0), 'id: e1\nevent: mood\ndata: good\n\n'], 'end'),
    events([finished(2)]),
  );
  expect(ids(await all(server.client().jobs.watch('j')))).toEqual(['e0', 'e2']);
  expect(server.requests[1]?.headers['last-event-id']).toBe('e1');
});

test.each([400, 401, 403, 404])('%i ends it at once', async (status) => {
  const body = { detail: 'No', code: 'not_found' };
  const server = await startFakeServer(events([target(0)], 'break'), answer(status, body));
  const watch = server.client().jobs.watch('j');
  expect((await watch.next()).value).toMatchObject({ id: 'e0' });
  const error = await watch.next().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(isUsherError(error)).toBe(true);
  expect(server.requests).toHaveLength(2);
});

test('an answer that is no stream is an error', async () => {
  const server = await startFakeServer((response) => response.end('<p>Welcome</p>'));
  await expect(all(server.client().jobs.watch('j'))).rejects.toMatchObject({
    code: 'unexpected_answer',
  });
});

test('an outage that lasts too long is an UsherConnectionError', async () => {
  const server = await startFakeServer(events([target(0)], 'break'), cut);
  const watch = server.client().jobs.watch('j', { outageMs: 400 });
  await watch.next();
  await expect(watch.next()).rejects.toThrow(UsherConnectionError);
  expect(server.requests.length).toBeGreaterThan(1);
});

test.each([
  { what: 'an event', sign: (n: number) => target(n) },
  { what: 'a heartbeat', sign: () => ': heartbeat\n\n' },
])('$what is a sign of life: an outage after it begins anew', async ({ sign }) => {
  const server = await startFakeServer((response) => {
    const n = server.requests.length;
    response.writeHead(200, { 'content-type': SSE });
    response.write(SOON + (n < 5 ? sign(n) : finished(n)));
    setTimeout(() => response.destroy(), 200);
  });
  const told = await all(server.client().jobs.watch('j', { outageMs: 500 }));
  expect(told.at(-1)?.type).toBe('finished');
  expect(server.requests).toHaveLength(5);
});

test('connections that end without a sign of life are an outage, too', async () => {
  const server = await startFakeServer(events([], 'end'));
  const watching = all(server.client().jobs.watch('j', { outageMs: 300 }));
  await expect(watching).rejects.toThrow('ended before the job');
});

test('a signal that outlives its watches holds on to none of them', async () => {
  const server = await startFakeServer(events([target(0)], 'break'), events([finished(1)]));
  const { signal } = new AbortController();
  const add = vi.spyOn(signal, 'addEventListener');
  const remove = vi.spyOn(signal, 'removeEventListener');
  await all(server.client().jobs.watch('j', { signal }));
  const handlers = (calls: unknown[][]) => new Set(calls.map(([, handler]) => handler));
  expect(handlers(add.mock.calls).size).toBeGreaterThan(2);
  expect(handlers(remove.mock.calls)).toEqual(handlers(add.mock.calls));
});

test('leaving the loop hangs up', async () => {
  const server = await startFakeServer(events([target(0), target(1)], 'stay'));
  for await (const event of server.client().jobs.watch('j')) {
    if (event.id === 'e0') break;
  }
  await vi.waitFor(() => expect(server.open()).toBe(0));
});

test('an aborted watch rejects with the reason, tells nothing more, and hangs up', async () => {
  const server = await startFakeServer(events([target(0), target(1)], 'stay'));
  const stop = new AbortController();
  const reason = new Error('enough');
  const told: JobEvent[] = [];
  const watching = (async () => {
    for await (const event of server.client().jobs.watch('j', { signal: stop.signal })) {
      told.push(event);
      stop.abort(reason);
    }
  })();
  await expect(watching).rejects.toBe(reason);
  expect(ids(told)).toEqual(['e0']);
  await vi.waitFor(() => expect(server.open()).toBe(0));
});

test.each([
  { what: 'before the answer', turn: hang },
  { what: 'while nothing happens', turn: events([], 'stay') },
  { what: 'between two connections', turn: answer(503, undefined, { 'retry-after': '60' }) },
])('a watch can be aborted $what', async ({ turn }) => {
  const server = await startFakeServer(turn);
  const stop = new AbortController();
  const watching = all(server.client().jobs.watch('j', { signal: stop.signal }));
  await vi.waitFor(() => expect(server.requests).toHaveLength(1));
  stop.abort();
  await expect(watching).rejects.toThrow('aborted');
});
