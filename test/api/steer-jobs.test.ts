import { listen, newId } from '@usher/db';
import { DISPATCH_CHANNEL } from '@usher/jobs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';
import { waitFor } from '../support/wait-for.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

interface Body {
  job: { id: string; state: string };
  code: string;
}
const post = (path: string, json?: object, headers: Record<string, string> = {}) =>
  call<Body>(api, 'POST', `/api/v1/jobs${path}`, { key: api.organization.key, json, headers });

async function aJob(): Promise<string> {
  const { body } = await post('', {
    kind: 'bulk-invite',
    invite_method: 'direct',
    email: `${newId()}@example.com`,
    website_ids: api.organization.websiteIds,
  });
  return body.job.id;
}

test('under one Idempotency-Key a job is paused once: a repeat is answered as then, and does nothing', async () => {
  const id = await aJob();
  const headers = { 'idempotency-key': newId() };
  const first = await post(`/${id}/pause`, undefined, headers);
  expect([first.status, first.body.job.state]).toEqual([200, 'paused']);
  expect((await post(`/${id}/resume`)).body.job.state).toBe('queued');

  const again = await post(`/${id}/pause`, undefined, headers);
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  expect(again.body).toEqual(first.body);
  expect((await post(`/${id}/resume`)).body.job.state).toBe('queued');
  // The same key at another verb is another request.
  expect((await post(`/${id}/cancel`, undefined, headers)).status).toBe(200);
});

test('a refusal is not kept under its key', async () => {
  const id = await aJob();
  const headers = { 'idempotency-key': newId() };
  await post(`/${id}/cancel`);
  expect((await post(`/${id}/pause`, undefined, headers)).body.code).toBe('state_conflict');
  await api.db.updateTable('jobs').set({ cancel_requested_at: null }).execute();
  const { status, headers: said } = await post(`/${id}/pause`, undefined, headers);
  expect([status, said.get('idempotent-replayed')]).toEqual([200, null]);
});

test('each verb wakes the sweep, also under a key', async () => {
  const heard: string[] = [];
  const ready = Promise.withResolvers<void>();
  const listener = listen({
    url: api.databaseUrl,
    application: 'steer-test',
    channel: DISPATCH_CHANNEL,
    onMessage: (payload) => void heard.push(...payload.split(',')),
    onConnected: ready.resolve,
    onError: ready.reject,
  });
  await ready.promise;
  try {
    const id = await aJob();
    for (const verb of ['pause', 'resume', 'cancel']) {
      heard.length = 0;
      await post(`/${id}/${verb}`, undefined, { 'idempotency-key': newId() });
      await waitFor('the sweep is woken', () => heard.includes('sweep'));
    }
  } finally {
    await listener.close();
  }
});
