import { beforeEach, expect, test, vi } from 'vitest';
import { UsherConnectionError, UsherTimeoutError } from '../index.ts';
import { answer, cut, hang, startFakeServer } from '../testing/fake-server.ts';

const running = { id: 'j', state: 'running', finished_at: null };
const done = { ...running, state: 'failed', finished_at: '2026-03-01T09:30:00.000Z' };
const accepted = answer(202, { job: running });

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));

test('wait asks the API to wait, again until the job has finished, and brings the handle up to date', async () => {
  const server = await startFakeServer(
    accepted,
    answer(200, { job: running }),
    answer(200, { job: done }),
  );
  const job = await server.client().jobs.submit({
    kind: 'bulk-invite',
    invite_method: 'direct',
    email: 'a@example.com',
    website_ids: ['w'],
  });
  expect(job.state).toBe('running');
  expect(await job.wait()).toBe(job);
  expect(job.data).toEqual(done);
  expect(server.requests.slice(1).map(({ url }) => url)).toEqual(
    Array(2).fill('/api/v1/jobs/j?wait=30'),
  );
});

test('an API that answers at once, though the job has not finished, is not asked in a loop', async () => {
  const server = await startFakeServer(answer(200, { job: running }), answer(200, { job: done }));
  await server.client().jobs.wait('j');
  const [first, second] = server.requests.map(({ at }) => at);
  expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(900);
});

test('wait outlasts an API that is away, beyond the tries of a single request', async () => {
  const server = await startFakeServer(
    cut,
    cut,
    answer(503),
    cut,
    cut,
    cut,
    answer(200, { job: done }),
  );
  expect((await server.client({ maxRetries: 0 }).jobs.wait('j')).state).toBe('failed');
  expect(server.requests).toHaveLength(7);
});

test('wait gives up after an outage that lasts too long', async () => {
  const server = await startFakeServer(cut);
  const waiting = server.client().jobs.wait('j', { outageMs: 1_500 });
  await expect(waiting).rejects.toThrow(UsherConnectionError);
});

test('a client whose requests may take but little time waits for a job as long as any', async () => {
  const server = await startFakeServer((response, request) => {
    setTimeout(() => answer(200, { job: done })(response, request), 600);
  });
  const hasty = server.client({ timeoutMs: 200, totalTimeoutMs: 200 });
  expect((await hasty.jobs.wait('j', { outageMs: 300 })).state).toBe('failed');
  expect(server.requests).toHaveLength(1);
});

test('wait ends with its time, in the middle of a request', async () => {
  const server = await startFakeServer(hang);
  const begun = performance.now();
  const waiting = server.client().jobs.wait('j', { timeoutMs: 200 });
  await expect(waiting).rejects.toThrow(UsherTimeoutError);
  await expect(waiting).rejects.toMatchObject({ jobId: 'j' });
  expect(performance.now() - begun).toBeLessThan(10_000);
  await vi.waitFor(() => expect(server.open()).toBe(0));
});

test('wait can be aborted', async () => {
  const server = await startFakeServer(hang);
  const stop = new AbortController();
  const waiting = server.client().jobs.wait('j', { signal: stop.signal, timeoutMs: 60_000 });
  await vi.waitFor(() => expect(server.requests).toHaveLength(1));
  const reason = new Error('enough');
  stop.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});

test('what is unknown is an error at once', async () => {
  const server = await startFakeServer(answer(404, { detail: 'No', code: 'not_found' }));
  await expect(server.client().jobs.wait('j')).rejects.toMatchObject({ code: 'not_found' });
  expect(server.requests).toHaveLength(1);
});

test('a job that would only be previewed is never submitted by mistake', async () => {
  const server = await startFakeServer(accepted);
  const body = { kind: 'billing-provisioning', group_ids: ['g'], validate_only: true } as const;
  const submitting = server.client().jobs.submit(body as never);
  await expect(submitting).rejects.toThrow(TypeError);
  expect(server.requests).toHaveLength(0);
});
