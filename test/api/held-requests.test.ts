import { createApiKey, revokeApiKey } from '@usher/directory';
import { newId } from '@usher/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openEvents, type StreamEvent } from '../support/event-stream.ts';
import { call, startTestApi, type TestApi, type TestOrganization } from '../support/test-api.ts';
import { waitFor } from '../support/wait-for.ts';

const MOST = 3;

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ STREAMS_PER_ORGANIZATION: String(MOST) });
});
afterAll(() => api.close());

interface Made {
  job: { id: string; links: { self: string; events: string } };
}

/** An unfinished job, by a key of its own. */
async function aJob(organization: TestOrganization = api.organization) {
  const { id: keyId, key } = await createApiKey(api.db, { orgId: organization.id });
  const email = `${newId()}@example.com`;
  const website_ids = organization.websiteIds;
  const json = { kind: 'bulk-invite', invite_method: 'direct', email, website_ids };
  const { body } = await call<Made>(api, 'POST', '/api/v1/jobs', { key, json });
  return { keyId, key, ...body.job.links };
}

async function open({ events, key }: { events: string; key: string }) {
  const stream = await openEvents(api.url + events, { key });
  onTestFinished(() => stream.close());
  return stream;
}

/** All that is said until the end. */
async function listen(events: AsyncGenerator<StreamEvent>, said: StreamEvent[]): Promise<void> {
  for await (const event of events) said.push(event);
}

const expire = (keyId: string) =>
  sql`update api_keys set expires_at = now() where id = ${keyId}`.execute(api.db);
const revoke = (keyId: string) => revokeApiKey(api.db, { keyId });

test.each([
  ['revoked', revoke],
  ['expired', expire],
])('a key that is %s reads no further: stream and long poll end, others go on', async (_, end) => {
  const job = await aJob();
  const other = await createApiKey(api.db, { orgId: api.organization.id });
  const [stream, others] = [await open(job), await open({ ...job, key: other.key })];
  const said: StreamEvent[] = [];
  const saidToOthers: StreamEvent[] = [];
  const ended = listen(stream.events, said);
  const goesOn = listen(others.events, saidToOthers);
  const poll = call(api, 'GET', `${job.self}?wait=60`, { key: job.key });
  await waitFor('both have begun', () => said.length > 1 && saidToOthers.length > 1);
  const begun = performance.now();
  await end(job.keyId);
  await ended;
  expect((await poll).status).toBe(401);
  expect(performance.now() - begun).toBeLessThan(20_000);
  expect(said.map(({ type }) => type)).toEqual(['', 'progress']);
  expect((await open(job)).status).toBe(401);

  await sql`update jobs set remaining = 0, canceled = total, finished_at = now()`.execute(api.db);
  await goesOn;
  expect(saidToOthers.at(-1)?.type).toBe('finished');
});

test('an organization has so many streams and long polls open, and takes nobody else’s', async () => {
  const job = await aJob();
  const streams = [await open(job), await open(job)];
  const { held } = api.context;
  const { hold } = held;
  let begun = 0;
  held.hold = (...given) => {
    begun += 1;
    return hold(...given);
  };
  const leaving = new AbortController();
  const poll = fetch(`${api.url}${job.self}?wait=60`, {
    headers: { 'x-api-key': job.key },
    signal: leaving.signal,
  });
  const left = expect(poll).rejects.toThrow('abort');
  await waitFor('the long poll has begun', () => begun === 1);
  const full = await open(job);
  expect(full.status).toBe(429);
  expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(full.headers.get('content-type')).toContain('application/problem+json');
  expect(JSON.parse(await full.text())).toMatchObject({ code: 'rate_limited', status: 429 });
  const again = { key: job.key };
  expect((await call(api, 'GET', `${job.self}?wait=1`, again)).status).toBe(429);
  expect((await call(api, 'GET', job.self, again)).status).toBe(200);
  expect((await open(await aJob(api.partner))).status).toBe(200);

  const opens = () =>
    waitFor('there is a place again', async () => {
      const answer = await open(job);
      return answer.status === 200 && answer;
    });
  streams[0]?.close();
  await opens();
  leaving.abort();
  await left;
  await opens();
});
