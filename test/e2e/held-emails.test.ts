import { afterAll, beforeAll, expect, test } from 'vitest';
import { findViolations } from '../support/checker.ts';
import { settled } from '../support/settled.ts';
import { startSystem, type Part, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem({
    workers: 2,
    environment: { EMAIL_AMBIGUITY: 'hold', RETRY_BASE_MS: '8' },
  });
});
afterAll(() => system.close());

const invite = async (email: string): Promise<string> => {
  system.mail.neverAnswer(email);
  const { body } = await system.call('POST', '/api/v1/invites/bulk', {
    body: { invite_method: 'email', email, website_ids: system.tenant.websiteIds.slice(0, 2) },
  });
  return body.job_id;
};

const job = async (id: string) => (await system.call('GET', `/api/v1/jobs/${id}`)).body.job;

/** Nothing is left that could send it again. */
const endsUnknown = async (jobId: string, email: string) => {
  await waitFor('it is given up', async () => (await job(jobId)).email?.state !== 'pending');
  expect(await job(jobId)).toMatchObject({
    state: 'succeeded',
    email: { state: 'unknown', sent_at: null },
  });
  await settled(system);
  expect(await findViolations(system.db, system.mail)).toEqual([]);
  expect(system.mail.to(email)).toHaveLength(1);
};

test('with EMAIL_AMBIGUITY=hold an email that the server took and never answered is `unknown`, and is not sent again', async () => {
  const jobId = await invite('silent@example.com');
  await endsUnknown(jobId, 'silent@example.com');
});

test('with EMAIL_AMBIGUITY=hold an email whose workers died over it is `unknown`, and is not sent again', async () => {
  const jobId = await invite('orphan@example.com');
  await waitFor('the server has it', () => system.mail.waiting() === 1);
  const killed = system.workers.splice(0) as Part[];
  for (const worker of killed) process.kill(worker.pid, 'SIGKILL');
  await Promise.all(killed.map((worker) => worker.exited));
  expect((await job(jobId)).email).toEqual({ state: 'pending', sent_at: null });
  await system.startWorker();
  await endsUnknown(jobId, 'orphan@example.com');
});
