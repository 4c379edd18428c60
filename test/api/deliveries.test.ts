import { createApiKey } from '@usher/directory';
import { DISPATCH_CHANNEL } from '@usher/jobs';
import { listen, newId } from '@usher/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';
import { waitFor } from '../support/wait-for.ts';

let api: TestApi;
let readingKey: string;
beforeAll(async () => {
  api = await startTestApi();
  const made = await createApiKey(api.db, { orgId: api.organization.id, readOnly: true });
  readingKey = made.key;
});
afterAll(() => api.close());

interface Delivery {
  id: string;
  endpoint_id: string;
  event_id: string;
  event_type: string;
  state: string;
  attempts: number;
  next_attempt_at: string | null;
  ended_at: string | null;
  created_at: string;
}

type Options = Parameters<typeof call>[3];
const ask = <Body = Delivery>(method: string, path: string, options: Options = {}) =>
  call<Body>(api, method, `/api/v1${path}`, { key: api.organization.key, ...options });
const list = (query = '', key = api.organization.key) =>
  ask<{ deliveries: Delivery[]; next_cursor: string }>('GET', `/deliveries?${query}`, { key });
const idsOf = async (query: string) => (await list(query)).body.deliveries.map(({ id }) => id);

async function endpoint(key = api.organization.key): Promise<string> {
  const json = { url: 'https://8.8.8.8/hooks' };
  return (await ask<{ id: string }>('POST', '/webhook-endpoints', { key, json })).body.id;
}

async function tested(endpointId: string, key = api.organization.key): Promise<Delivery> {
  const answer = await ask('POST', `/webhook-endpoints/${endpointId}/test`, { key });
  expect(answer.status).toBe(202);
  expect(answer.headers.get('location')).toBe(`/api/v1/deliveries/${answer.body.id}`);
  return answer.body;
}

/** As a worker leaves a delivery when it has ended. */
async function end(id: string, state: string): Promise<void> {
  await sql`with task as (delete from tasks where subject_id = ${id})
    update deliveries set state = ${state}, ended_at = now(), attempts = 2, sequence = 1
    where id = ${id}`.execute(api.db);
}

/** What is said on the channel that wakes the dispatcher, while `work` runs and after. */
async function wakes(work: () => Promise<unknown>): Promise<void> {
  await api.context.wake.flush();
  const heard: string[] = [];
  const ready = Promise.withResolvers<void>();
  const listener = listen({
    url: api.databaseUrl,
    application: 'deliveries-test',
    channel: DISPATCH_CHANNEL,
    onMessage: (payload) => void heard.push(payload),
    onConnected: ready.resolve,
    onError: ready.reject,
  });
  await ready.promise;
  try {
    await work();
    await waitFor('a wake', () => heard.some((each) => each.split(',').includes('webhook')));
  } finally {
    await listener.close();
  }
}

const tasks = async (deliveryId: string) => {
  const { rows } = await sql`select from tasks where subject_id = ${deliveryId}`.execute(api.db);
  return rows.length;
};

test('a test goes to one endpoint alone, and its delivery is found by each of its properties', async () => {
  const [one, other] = [await endpoint(), await endpoint()];
  const delivery = await tested(one);
  expect(delivery).toEqual({
    id: expect.any(String),
    endpoint_id: one,
    event_id: expect.any(String),
    event_type: 'endpoint.test',
    job_id: null,
    state: 'pending',
    sequence: null,
    attempts: 0,
    last_code: null,
    next_attempt_at: expect.stringMatching(/Z$/),
    created_at: expect.stringMatching(/Z$/),
    ended_at: null,
  });
  expect(await idsOf(`endpoint_id=${other}`)).toEqual([]);
  const { id, event_id: eventId, created_at: at } = delivery;
  const later = new Date(Date.parse(at) + 1).toISOString();
  for (const found of [
    `endpoint_id=${one}`,
    `event_id=${eventId}`,
    `event_type=endpoint.test&endpoint_id=${one}`,
    `state=pending&endpoint_id=${one}`,
    `from=${at}&to=${later}&endpoint_id=${one}`,
    `endpoint_id=${one}&cursor=`,
  ]) {
    expect([found, await idsOf(found)]).toEqual([found, [id]]);
  }
  for (const missed of [
    `event_type=job.completed&endpoint_id=${one}`,
    `state=delivered&endpoint_id=${one}`,
    `job_id=${newId()}`,
    `from=${later}&endpoint_id=${one}`,
    `to=${at}&endpoint_id=${one}`,
  ]) {
    expect([missed, await idsOf(missed)]).toEqual([missed, []]);
  }
});

test.each([
  'endpoint_id=x',
  'event_id=1',
  'job_id=',
  'state=done',
  'event_type=job.started',
  'from=yesterday',
  'limit=0',
  'limit=x',
  'cursor=x',
])('a list with %s is refused', async (query) => {
  const { status, body } = await ask<object>('GET', `/deliveries?${query}`);
  expect([status, body]).toEqual([400, expect.objectContaining({ code: 'invalid_request' })]);
});

test('any offset of a time is read, and none is an error of ours', async () => {
  for (const offset of ['%2B23:59', '-23:59', 'Z']) {
    const { status } = await list(`from=0001-01-01T00:00:00${offset}`);
    expect([offset, status]).toEqual([offset, 200]);
  }
});

test('deliveries come newest first, each once over all pages', async () => {
  const id = await endpoint();
  const made: string[] = [];
  for (let n = 0; n < 5; n += 1) made.push((await tested(id)).id);
  const seen: string[] = [];
  let cursor = '';
  do {
    const { body } = await list(`endpoint_id=${id}&limit=2&cursor=${cursor}`);
    seen.push(...body.deliveries.map((each) => each.id));
    cursor = body.next_cursor;
  } while (cursor !== '');
  expect(seen).toEqual(made.toReversed());
});

test('a delivery is shown with what was posted and every attempt', async () => {
  const endpointId = await endpoint();
  const { id, event_id } = await tested(endpointId);
  const fresh = await ask<object>('GET', `/deliveries/${id}`);
  expect(fresh.body).toMatchObject({ id, url: 'https://8.8.8.8/hooks', body: null, log: [] });
  await end(id, 'exhausted');
  await sql`insert into delivery_attempts (delivery_id, number, org_id, status, code, response)
    values (${id}, 1, ${api.organization.id}, 500, 'refused', 'oops')`.execute(api.db);
  const { body } = await ask<{ body: string; log: object[] }>('GET', `/deliveries/${id}`);
  const event = api.db.selectFrom('events').select('created_at').where('id', '=', event_id);
  const timestamp = (await event.executeTakeFirstOrThrow()).created_at.toISOString();
  const data = { endpoint_id: endpointId, sequence: 1 };
  expect(body.body).toBe(JSON.stringify({ type: 'endpoint.test', timestamp, data }));
  expect(body.log).toMatchObject([{ number: 1, status: 500, code: 'refused', response: 'oops' }]);
});

test('a delivery is sent again, once however often that is asked, and the dispatcher hears of it', async () => {
  const { id } = await tested(await endpoint());
  await end(id, 'exhausted');
  await wakes(async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => ask('POST', `/deliveries/${id}/replay`)),
    );
    for (const { status, body } of answers) {
      expect([status, body]).toEqual([
        202,
        expect.objectContaining({ id, state: 'pending', attempts: 2, sequence: 1, ended_at: null }),
      ]);
    }
  });
  expect(await tasks(id)).toBe(1);
});

test('a replay under one Idempotency-Key is done once', async () => {
  const { id, event_id } = await tested(await endpoint());
  const routes = [
    [`/deliveries/${id}/replay`, undefined],
    ['/deliveries/replay', { event_id }],
  ] as const;
  for (const [path, json] of routes) {
    const headers = { 'idempotency-key': newId() };
    await end(id, 'delivered');
    const first = await ask('POST', path, { json, headers });
    expect([first.status, await tasks(id)]).toEqual([202, 1]);
    await end(id, 'delivered');
    const again = await ask('POST', path, { json, headers });
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
    expect([again.body, await tasks(id)]).toEqual([first.body, 0]);
  }
});

test('an event, or a time, is sent again', async () => {
  const endpointId = await endpoint();
  const { id, event_id, created_at: from } = await tested(endpointId);
  for (const json of [
    { event_id },
    { event_id, endpoint_id: endpointId },
    { endpoint_id: endpointId, from },
    { endpoint_id: endpointId, from, to: '2999-01-01T00:00:00Z', state: 'exhausted' },
  ]) {
    await end(id, 'exhausted');
    await wakes(async () => {
      const { status, body } = await ask<object>('POST', '/deliveries/replay', { json });
      expect([status, body]).toEqual([202, { replayed: 1 }]);
    });
    const again = await ask<object>('POST', '/deliveries/replay', { json });
    expect([again.status, again.body]).toEqual([202, { replayed: 0 }]);
  }
});

test.each([
  ['nothing', {}],
  ['an endpoint without a time', { endpoint_id: newId() }],
  ['a time without an endpoint', { from: '2026-01-01T00:00:00Z' }],
  ['an event and a time', { event_id: newId(), from: '2026-01-01T00:00:00Z' }],
  ['an unknown member', { event_id: newId(), force: true }],
  [
    'a state that is no end',
    { endpoint_id: newId(), from: '2026-01-01T00:00:00Z', state: 'pending' },
  ],
])('a replay of %s is refused', async (_, json) => {
  const { status, body } = await ask<object>('POST', '/deliveries/replay', { json });
  expect([status, body]).toEqual([400, expect.objectContaining({ code: 'invalid_request' })]);
});

test('what was missed is recovered once the endpoint is enabled, and once only', async () => {
  const endpointId = await endpoint();
  const path = `/webhook-endpoints/${endpointId}`;
  const { id } = await tested(endpointId);
  await ask('PATCH', path, { json: { enabled: false } });
  expect((await ask('GET', `/deliveries/${id}`)).body.state).toBe('disabled');
  const refused = await ask<{ detail: string }>('POST', `${path}/recover`, { json: {} });
  expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('enable')]);
  await ask('POST', `${path}/enable`);
  await wakes(async () => {
    const recovered = await ask<object>('POST', `${path}/recover`);
    expect([recovered.status, recovered.body]).toEqual([202, { replayed: 1 }]);
  });
  expect((await ask<object>('POST', `${path}/recover`)).body).toEqual({ replayed: 0 });
  expect((await ask('GET', `/deliveries/${id}`)).body.state).toBe('pending');

  await end(id, 'exhausted');
  const since = { since: '2999-01-01T00:00:00+02:00' };
  expect((await ask<object>('POST', `${path}/recover`, { json: since })).body).toEqual({
    replayed: 0,
  });
  since.since = '2020-01-01T00:00:00Z';
  expect((await ask<object>('POST', `${path}/recover`, { json: since })).body).toEqual({
    replayed: 1,
  });
  expect((await ask('POST', `${path}/recover`, { json: { from: 1 } })).status).toBe(400);
});

test('nothing is sent again to an endpoint that is disabled or deleted', async () => {
  const endpointId = await endpoint();
  const { id, event_id, created_at: from } = await tested(endpointId);
  const replays = [
    [`/deliveries/${id}/replay`, undefined],
    ['/deliveries/replay', { endpoint_id: endpointId, from }],
    ['/deliveries/replay', { endpoint_id: endpointId, event_id }],
  ] as const;
  const statuses = () =>
    Promise.all(replays.map(async ([path, json]) => (await ask('POST', path, { json })).status));
  await ask('PATCH', `/webhook-endpoints/${endpointId}`, { json: { enabled: false } });
  expect(await statuses()).toEqual([409, 409, 409]);
  const json = { event_id };
  const passed = await ask<object>('POST', '/deliveries/replay', { json });
  expect([passed.status, passed.body]).toEqual([202, { replayed: 0 }]);
  await ask('DELETE', `/webhook-endpoints/${endpointId}`);
  expect(await statuses()).toEqual([409, 404, 404]);
  expect((await ask('GET', `/deliveries/${id}`)).body.state).toBe('disabled');
  expect(await tasks(id)).toBe(0);
});

test('another organization’s deliveries are neither read nor sent', async () => {
  const { key } = api.partner;
  const endpointId = await endpoint();
  const { id, event_id, created_at: from } = await tested(endpointId);
  await end(id, 'exhausted');
  for (const [method, path, json] of [
    ['GET', `/deliveries/${id}`, undefined],
    ['POST', `/deliveries/${id}/replay`, undefined],
    ['POST', '/deliveries/replay', { event_id }],
    ['POST', '/deliveries/replay', { endpoint_id: endpointId, from }],
    ['GET', `/deliveries/${newId()}`, undefined],
    ['POST', `/deliveries/${newId()}/replay`, undefined],
  ] as const) {
    const { status } = await ask(method, path, { key, json });
    expect([method, path, status]).toEqual([method, path, 404]);
  }
  for (const query of ['', `endpoint_id=${endpointId}`, `event_id=${event_id}`]) {
    expect((await list(query, key)).body.deliveries).toEqual([]);
  }
  expect(await tasks(id)).toBe(0);
});

test('scoped keys may nothing here, and keys for reading only read', async () => {
  const { id, event_id } = await tested(await endpoint());
  for (const [method, path, json] of [
    ['GET', '/deliveries', undefined],
    ['GET', `/deliveries/${id}`, undefined],
    ['POST', `/deliveries/${id}/replay`, undefined],
    ['POST', '/deliveries/replay', { event_id }],
  ] as const) {
    const scoped = await ask(method, path, { key: api.organization.scopedKey, json });
    expect([method, path, scoped.status]).toEqual([method, path, 403]);
    const reading = await ask(method, path, { key: readingKey, json });
    expect([method, path, reading.status]).toEqual([method, path, method === 'GET' ? 200 : 403]);
    const { status } = await call(api, method, `/api/v1${path}`, { json });
    expect([method, path, status]).toEqual([method, path, 401]);
  }
});
