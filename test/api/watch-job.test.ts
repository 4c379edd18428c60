import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { newId } from '@usher/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openEvents, readEvents, type StreamEvent } from '../support/event-stream.ts';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';
import { waitFor } from '../support/wait-for.ts';

const MANY = Array.from({ length: 3_000 }, (_, n) => n);

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

interface Made {
  job: { id: string; links: { self: string; events: string } };
}

/** A job of some websites, none of them done. */
async function aJob(targets = 3, at = api, key = at.organization.key) {
  const website_ids = Array.from(
    { length: targets },
    (_, n) => at.organization.websiteIds[n] ?? newId(),
  );
  const email = `${newId()}@example.com`;
  const json = { kind: 'bulk-invite', invite_method: 'direct', email, website_ids };
  const { body } = await call<Made>(at, 'POST', '/api/v1/jobs', { key, json });
  return { id: body.job.id, email, website_ids, events: at.url + body.job.links.events };
}

/** What a worker does: outcomes of these positions, and the job counts them. */
async function finish(
  jobId: string,
  positions: readonly number[],
  { db } = api,
  message = 'Done',
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`insert into outcomes
        (job_id, round, position, org_id, target_id, status, code, message, attempts)
      select jobs.id, round, number - 1, org_id, target_id, 'succeeded', 'added', ${message}, 1
      from jobs, unnest(target_ids) with ordinality as target (target_id, number)
      where jobs.id = ${jobId} and number - 1 = any (${[...positions]}::int[])`.execute(trx);
    await sql`update jobs set remaining = remaining - ${positions.length},
        succeeded = succeeded + ${positions.length}, started_at = coalesce(started_at, now()),
        finished_at = case when remaining = ${positions.length} then now() end
      where id = ${jobId}`.execute(trx);
    await sql`delete from tasks where job_id = ${jobId}`.execute(trx);
  });
}

const linesOf = (events: readonly StreamEvent[]) =>
  events.map(({ type, data }) =>
    type === 'target' ? `${data.round}:${data.position}` : `${type} ${data.job.state}`,
  );

async function open(jobEvents: string, lastEventId?: string, key = api.organization.key) {
  const stream = await openEvents(jobEvents, { key, lastEventId });
  onTestFinished(() => stream.close());
  return stream;
}

test('a stream follows a job from its beginning to its end, and is then over', async () => {
  const { key } = api.organization;
  const job = await aJob();
  const stream = await open(job.events);
  expect(stream.status).toBe(200);
  expect(Object.fromEntries(stream.headers)).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
    'x-request-id': expect.any(String),
    'x-rate-limit-limit': expect.any(String),
  });
  const next = async (): Promise<StreamEvent> => {
    const event = (await stream.events.next()).value as StreamEvent;
    return event.data === 'heartbeat' ? next() : event;
  };
  expect((await next()).data).toBe('retry: 1000');
  const self = async () => (await call<Made>(api, 'GET', `/api/v1/jobs/${job.id}`, { key })).body;
  const target = async (position: number) => {
    const path = `/api/v1/jobs/${job.id}/targets`;
    const { body } = await call<{ targets: object[] }>(api, 'GET', path, { key });
    return { round: 1, ...body.targets[position] };
  };
  const id = expect.stringMatching(/^[\w./-]+$/);
  expect(await next()).toEqual({ type: 'progress', id, data: await self() });
  await finish(job.id, [1]);
  const first = await next();
  expect(first).toEqual({ type: 'target', id, data: await target(1) });
  expect(first.data).toMatchObject({ website_id: job.website_ids[1], email: job.email });
  expect(await next()).toEqual({ type: 'progress', id, data: await self() });
  await finish(job.id, [0, 2]);
  expect([await next(), await next()].map(({ data }) => data)).toEqual([
    await target(0),
    await target(2),
  ]);
  const last = await next();
  expect(last).toEqual({ type: 'finished', id, data: await self() });
  expect(last.data.job.state).toBe('succeeded');
  expect(await stream.events.next()).toEqual({ done: true, value: undefined });
});

test('Last-Event-ID goes on after that event, from every event, to the end', async () => {
  const { key } = api.organization;
  const job = await aJob(5);
  const stream = await open(job.events);
  await finish(job.id, [3, 1]);
  const before: StreamEvent[] = [];
  for await (const event of stream.events) {
    if (event.type !== '') before.push(event);
    if (before.filter(({ type }) => type === 'target').length === 2) break;
  }
  await finish(job.id, [0, 2, 4]);
  for (const [at, event] of before.entries()) {
    const rest = await readEvents(job.events, { key, lastEventId: event.id });
    const told = [...before.slice(0, at + 1), ...rest].filter(({ type }) => type === 'target');
    expect(linesOf(told).toSorted()).toEqual(['1:0', '1:1', '1:2', '1:3', '1:4']);
    expect(linesOf(rest).at(-1)).toBe('finished succeeded');
  }
});

test('whoever was told the end is told to stop, until there is another round', async () => {
  const { key } = api.organization;
  const job = await aJob(2);
  await finish(job.id, [0, 1]);
  const events = await readEvents(job.events, { key });
  expect(linesOf(events)).toEqual(['1:0', '1:1', 'finished succeeded']);
  const lastEventId = events.at(-1)?.id;
  const stream = await open(job.events, lastEventId);
  expect([stream.status, await stream.text()]).toEqual([204, '']);

  await sql`update jobs set round = 2, remaining = 1, succeeded = 1, finished_at = null
    where id = ${job.id}`.execute(api.db);
  await finish(job.id, [1]);
  expect(linesOf(await readEvents(job.events, { key, lastEventId }))).toEqual([
    '2:1',
    'finished succeeded',
  ]);
});

test.each(['nonsense', '0123456789ab/1/742.5', '%'])(
  'a Last-Event-ID that is none of the job’s (%s) is a 400',
  async (lastEventId) => {
    const stream = await open((await aJob()).events, lastEventId);
    expect(stream.status).toBe(400);
    expect(stream.headers.get('content-type')).toContain('application/problem+json');
    expect(JSON.parse(await stream.text())).toMatchObject({ code: 'invalid_request' });
  },
);

test('an event of another job is no place to go on from', async () => {
  const one = await aJob(1);
  await finish(one.id, [0]);
  const [event] = await readEvents(one.events, { key: api.organization.key });
  expect((await open((await aJob()).events, event?.id)).status).toBe(400);
});

test('a stream is refused as its job is: no key, a foreign one, a scoped one that did not submit it', async () => {
  const { key, scopedKey } = api.organization;
  const status = async (events: string, as: string) => (await open(events, undefined, as)).status;
  const job = await aJob();
  expect(await status(job.events, 'usher_nobody')).toBe(401);
  expect(await status(job.events, api.partner.key)).toBe(404);
  expect(await status(job.events, scopedKey)).toBe(404);
  expect(await status(`${api.url}/api/v1/jobs/${newId()}/events`, key)).toBe(404);
  expect(await status(`${api.url}/api/v1/jobs/nonsense/events`, key)).toBe(400);
  const own = await aJob(2, api, scopedKey);
  expect(await status(own.events, scopedKey)).toBe(200);
  expect(await status(own.events, key)).toBe(200);
});

/** A client that opens a stream of 40 MB and reads none of it, once no more is read for it either. */
async function stuckClient(at: TestApi) {
  const job = await aJob(MANY.length, at);
  await finish(job.id, MANY, at, 'x'.repeat(14_000));
  const { watchers } = at.context;
  const { watch } = watchers;
  let pages = 0;
  watchers.watch = (jobId) => {
    const watching = watch(jobId);
    const read: typeof watching.read = (place) => {
      pages += 1;
      return watching.read(place);
    };
    return { ...watching, read };
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { 'x-api-key': at.organization.key };
    get(job.events, { headers }, resolve).on('error', reject);
  });
  response.pause();
  let before = 0;
  let quiet = 0;
  await waitFor('nothing more is read', () => {
    quiet = pages > 0 && pages === before ? quiet + 1 : 0;
    before = pages;
    return quiet === 20;
  });
  return { response, pages };
}

test('for a client that takes nothing no more is read, until it goes on', async () => {
  const { response, pages } = await stuckClient(api);
  expect(pages).toBeLessThan(12);
  const all = await text(response);
  const positions = [...all.matchAll(/"position":(\d+)/g)].map(([, position]) => Number(position));
  expect(positions).toEqual(MANY);
  expect(all).toMatch(/event: finished\n.*\n\n$/);
});

test('a client that takes nothing keeps no API from draining', async () => {
  const other = await startTestApi();
  const { response } = await stuckClient(other);
  const draining = performance.now();
  await other.close();
  expect(performance.now() - draining).toBeLessThan(5_000);
  await expect(text(response)).rejects.toThrow('aborted');
});

test('who leaves is forgotten, and draining ends every stream with a word to come back', async () => {
  const other = await startTestApi();
  const { key } = other.organization;
  const { events: url } = await aJob(3, other);
  const left = await openEvents(url, { key });
  await left.events.next();
  left.close();
  const stays = await openEvents(url, { key });
  const said: StreamEvent[] = [];
  const reading = (async () => {
    for await (const event of stays.events) said.push(event);
  })();
  await waitFor('the stream has begun', () => said.length === 2);
  const draining = performance.now();
  await other.close();
  await reading;
  expect(performance.now() - draining).toBeLessThan(5_000);
  expect(said.map(({ type, data }) => (type === '' ? data : type))).toEqual([
    'retry: 1000',
    'progress',
    'come back',
  ]);
});
