import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  isUsherError,
  UsherConnectionError,
  UsherError,
  UsherTimeoutError,
  type BulkInvite,
} from '../index.ts';
import { answer, cut, cutInBody, hang, startFakeServer } from '../testing/fake-server.ts';

const problem = (status: number, code: string) => ({ status, code, detail: 'No', request_id: 'r' });
const refuse = (status: number, headers?: Record<string, string>) =>
  answer(status, problem(status, 'unavailable'), headers);
const GROUP = { id: 'g', name: 'Ours' };
const made = answer(201, { group: GROUP });
const body = { name: 'Ours', website_ids: ['w'] };
const invite: BulkInvite = {
  invite_method: 'direct',
  email: 'a@example.com',
  website_ids: ['w'],
};

/** What a call comes to that must not succeed. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it succeeded');
}

// Full jitter at its shortest: the pauses themselves have tests of their own.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));

describe.each([408, 425, 429, 500, 502, 503, 504])('after %i', (status) => {
  test('a POST is sent again, the same, under the same key', async () => {
    const server = await startFakeServer(refuse(status), refuse(status), made);
    expect(await server.client().groups.create(body)).toEqual(GROUP);
    expect(server.requests).toHaveLength(3);
    expect(server.requests.map((request) => request.body)).toEqual([body, body, body]);
    const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a GET is sent again', async () => {
    const server = await startFakeServer(refuse(status), answer(200, { group: GROUP }));
    expect(await server.client().groups.get('g')).toEqual(GROUP);
    expect(server.requests).toHaveLength(2);
    expect(server.requests[0]?.headers).not.toHaveProperty('idempotency-key');
  });
});

test.each([400, 401, 403, 404, 409, 410, 413, 415, 422, 501])(
  '%i is final at once',
  async (status) => {
    const server = await startFakeServer(refuse(status), made);
    const error = await failureOf(server.client().groups.create(body));
    expect(error).toMatchObject({ status, attempts: 1 });
    expect(server.requests).toHaveLength(1);
  },
);

describe.each([
  { what: 'is lost', turn: cut },
  { what: 'breaks off in its body', turn: cutInBody },
])('an answer that $what', ({ turn }) => {
  test('is asked for again, under the same key', async () => {
    const server = await startFakeServer(turn, made);
    expect(await server.client().groups.create(body)).toEqual(GROUP);
    const [first, second] = server.requests.map(({ headers }) => headers['idempotency-key']);
    expect(second).toBe(first);
  });

  test('is an UsherConnectionError once the tries are used up', async () => {
    const server = await startFakeServer(turn);
    const error = await failureOf(server.client({ maxRetries: 2 }).groups.create(body));
    expect(error).toBeInstanceOf(UsherConnectionError);
    expect(error).not.toBeInstanceOf(UsherError);
    expect(error).toMatchObject({ attempts: 3 });
    expect(server.requests).toHaveLength(3);
  });
});

test('a server that is not there is an UsherConnectionError that says where', async () => {
  const server = await startFakeServer(hang);
  const baseUrl = server.url.replace(/\d+$/, '1');
  const call = server.client({ baseUrl, maxRetries: 0 }).websites.list();
  await expect(call).rejects.toThrow(UsherConnectionError);
  await expect(call).rejects.toThrow(`${baseUrl}/api/v1/websites`);
  await expect(call).rejects.not.toThrow('fetch failed');
});

test('each call has a key of its own, and takes the one that it is given', async () => {
  const server = await startFakeServer(made);
  const { groups } = server.client();
  await groups.create(body);
  await groups.create(body);
  await groups.create(body, { idempotencyKey: 'order-17' });
  await groups.update('g', { name: 'New' });
  const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
  expect(new Set(keys).size).toBe(4);
  expect(keys).not.toContain(undefined);
  expect(keys[2]).toBe('order-17');
});

test('a call may have fewer tries than its client', async () => {
  const server = await startFakeServer(refuse(503));
  const error = await failureOf(server.client().websites.list({ maxRetries: 1 }));
  expect(error).toMatchObject({ status: 503, attempts: 2 });
  expect(server.requests).toHaveLength(2);
});

test('Retry-After is obeyed, and not before its time', async () => {
  const server = await startFakeServer(refuse(429, { 'retry-after': '1' }), made);
  await server.client().groups.create(body);
  const [first, second] = server.requests.map(({ at }) => at);
  expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(990);
});

test('a Retry-After beyond the total time fails at once, and says how long to wait', async () => {
  const server = await startFakeServer(refuse(503, { 'retry-after': '60' }), made);
  const begun = performance.now();
  const error = await failureOf(server.client({ totalTimeoutMs: 30_000 }).groups.create(body));
  expect(error).toMatchObject({ code: 'unavailable', retryAfterMs: 60_000 });
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect(server.requests).toHaveLength(1);
});

test('a try that takes too long is given up, and made again', async () => {
  const server = await startFakeServer(hang, made);
  expect(await server.client({ timeoutMs: 200 }).groups.create(body)).toEqual(GROUP);
  expect(server.requests).toHaveLength(2);
});

test('an answer whose body never ends is given up too', async () => {
  const server = await startFakeServer((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"websites": [');
  });
  const call = server.client({ timeoutMs: 200, maxRetries: 0 }).websites.list();
  await expect(call).rejects.toThrow(UsherTimeoutError);
});

test('all tries together end with the total time', async () => {
  const server = await startFakeServer(hang);
  const usher = server.client({ timeoutMs: 60_000, totalTimeoutMs: 300, maxRetries: 100 });
  const begun = performance.now();
  await expect(usher.websites.list()).rejects.toThrow(UsherTimeoutError);
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect(server.requests).toHaveLength(1);
});

test('a time without end is one, not none', async () => {
  const server = await startFakeServer((response, request) => {
    setTimeout(() => made(response, request), 100);
  });
  const endless = { timeoutMs: Infinity, totalTimeoutMs: Infinity, maxRetries: 0 };
  expect(await server.client(endless).groups.create(body)).toEqual(GROUP);
});

test('an aborted call rejects with the reason, and hangs up', async () => {
  const server = await startFakeServer(hang);
  const stop = new AbortController();
  const call = server.client().websites.list({ signal: stop.signal });
  await vi.waitFor(() => expect(server.requests).toHaveLength(1));
  const reason = new Error('enough');
  stop.abort(reason);
  await expect(call).rejects.toBe(reason);
  await vi.waitFor(() => expect(server.open()).toBe(0));
});

test('a call that is aborted between two tries makes no other', async () => {
  const server = await startFakeServer(refuse(503, { 'retry-after': '50' }));
  const stop = new AbortController();
  const call = server.client().websites.list({ signal: stop.signal });
  await vi.waitFor(() => expect(server.requests).toHaveLength(1));
  stop.abort();
  await expect(call).rejects.toThrow('aborted');
  expect(server.requests).toHaveLength(1);
});

test('a signal that is aborted already sends nothing', async () => {
  const server = await startFakeServer(made);
  const call = server.client().groups.create(body, { signal: AbortSignal.abort() });
  await expect(call).rejects.toThrow('aborted');
  expect(server.requests).toHaveLength(0);
});

test('a signal that outlives its calls holds on to none of them', async () => {
  const server = await startFakeServer(answer(200, { websites: [] }));
  const { signal } = new AbortController();
  const add = vi.spyOn(signal, 'addEventListener');
  const remove = vi.spyOn(signal, 'removeEventListener');
  await server.client().websites.list({ signal });
  await server.client().websites.list({ signal });
  expect(add).toHaveBeenCalledTimes(2);
  expect(remove.mock.calls).toEqual(add.mock.calls);
});

test('a redirect is not followed, since that would show the key to somebody else', async () => {
  const other = await startFakeServer(answer(200, { websites: [] }));
  const server = await startFakeServer(answer(307, undefined, { location: other.url }));
  const error = await failureOf(server.client().websites.list());
  expect(error).toMatchObject({ status: 307, code: 'unexpected_answer' });
  expect(other.requests).toHaveLength(0);
});

test('what is gone after an answer was lost, counts as deleted', async () => {
  const gone = answer(404, problem(404, 'not_found'));
  const server = await startFakeServer(cut, gone);
  expect(await server.client().webhookEndpoints.delete('e')).toBeUndefined();
  expect(server.requests).toHaveLength(2);
});

test('what was not there at the first try is an error, also after a try that did nothing', async () => {
  const gone = answer(404, problem(404, 'not_found'));
  const server = await startFakeServer(answer(429, problem(429, 'rate_limited')), gone);
  const error = await failureOf(server.client().webhookEndpoints.delete('e'));
  expect(isUsherError(error, 'not_found')).toBe(true);
  expect(error).toMatchObject({ attempts: 2, afterLost: false });
});

test.each(['<p>Welcome to our network</p>', ''])(
  'an answer that is no JSON, as "%s", is an error, and not tried again',
  async (text) => {
    const server = await startFakeServer((response) => response.end(text));
    const error = await failureOf(server.client().websites.list());
    expect(error).toMatchObject({ status: 200, code: 'unexpected_answer' });
    expect(server.requests).toHaveLength(1);
  },
);

test('a bulk invite that takes longer than one answer is asked for again under its key, until it is done', async () => {
  const job = { id: 'j', finished_at: null };
  const done = { success: true, results: [], job_id: 'j' };
  const server = await startFakeServer(
    answer(202, { job }, { 'retry-after': '1' }),
    answer(202, { job }),
    answer(200, done),
  );
  expect(await server.client().invites.bulk(invite)).toEqual(done);
  const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
  expect(new Set(keys).size).toBe(1);
  expect(server.requests).toHaveLength(3);
  expect(server.requests.map(({ headers }) => headers.prefer)).toEqual(Array(3).fill('wait=30'));
});

test('a bulk invite whose time runs out names the job that goes on', async () => {
  const server = await startFakeServer((response, request) => {
    setTimeout(() => answer(202, { job: { id: 'j' } })(response, request), 50);
  });
  const error = await failureOf(server.client({ totalTimeoutMs: 300 }).invites.bulk(invite));
  expect(error).toBeInstanceOf(UsherTimeoutError);
  expect(error).toMatchObject({ jobId: 'j' });
});

test('a bulk invite asks to be answered within the time that is left, so that it hears of its job', async () => {
  const job = { id: 'j', finished_at: null };
  const done = { success: true, results: [], job_id: 'j' };
  const server = await startFakeServer(answer(202, { job }), answer(200, done));
  await server.client({ totalTimeoutMs: 20_000 }).invites.bulk(invite);
  const waits = server.requests.map(({ headers }) => Number(String(headers.prefer).slice(5)));
  expect(waits[0]).toBe(18);
  expect(waits[1]).toBeLessThan(18);
  const [first, second] = server.requests.map(({ at }) => at);
  expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(900);
});
