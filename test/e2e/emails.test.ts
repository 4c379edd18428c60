import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSystem, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

const lines: string[] = [];
let system: System;

beforeAll(async () => {
  // The email schedule scales with the base: its first minute is half a second here.
  system = await startSystem({
    environment: { RETRY_BASE_MS: '8', LOG_LEVEL: 'trace' },
    onLine: (line) => lines.push(line),
  });
});
afterAll(() => system.close());

const invite = async (email: string): Promise<string> => {
  const { body } = await system.call('POST', '/api/v1/invites/bulk', {
    body: { invite_method: 'email', email, website_ids: system.tenant.websiteIds.slice(0, 2) },
  });
  return body.job_id;
};
const emailOf = async (jobId: string) => {
  const { body } = await system.call('GET', `/api/v1/jobs/${jobId}`);
  return body.job.email as { state: string; sent_at: string | null } | null;
};
const sendingOf = (jobId: string) =>
  system.db
    .selectFrom('sendings')
    .selectAll()
    .where('job_id', '=', jobId)
    .executeTakeFirstOrThrow();

test('an email that the server defers is tried again on its own schedule, and sent once', async () => {
  system.mail.refuse('deferred@example.com', 451, 452);
  const jobId = await invite('deferred@example.com');
  await waitFor('it is sent', async () => (await emailOf(jobId))?.state === 'sent');
  expect(await sendingOf(jobId)).toMatchObject({ attempts: 3, ambiguities: 0 });
  expect(system.mail.to('deferred@example.com')).toHaveLength(1);
});

test('an email that the server refuses for good is failed at once, and the job is not', async () => {
  system.mail.refuse('refused@example.com', 550);
  const jobId = await invite('refused@example.com');
  await waitFor('it is given up', async () => (await emailOf(jobId))?.state === 'failed');
  expect(await sendingOf(jobId)).toMatchObject({ attempts: 1, last_code: 'smtp_refused' });
  const { body } = await system.call('GET', `/api/v1/jobs/${jobId}`);
  expect(body.job.state).toBe('succeeded');
  expect(system.mail.to('refused@example.com')).toEqual([]);
});

test('the email of 10,000 websites names every one of them, and goes out at the first attempt', async () => {
  const big = await system.createTenant(10_000);
  const { body } = await system.call('POST', '/api/v1/jobs', {
    key: big.key,
    body: {
      kind: 'bulk-invite',
      invite_method: 'email',
      email: 'big@example.com',
      website_ids: big.websiteIds,
    },
  });
  await waitFor('it is sent', () => system.mail.to('big@example.com').length > 0, 60_000);
  const [mail] = system.mail.to('big@example.com');
  for (const part of [mail?.text, mail?.html]) {
    const named = new Set(part?.match(/site-\d+\.example\.com/g));
    expect(named.size).toBe(10_000);
  }
  await waitFor('it is recorded', async () => (await sendingOf(body.job.id)).state === 'sent');
  expect(await sendingOf(body.job.id)).toMatchObject({ attempts: 1 });
}, 120_000);

test('no key, token, link or email body is in the logs', async () => {
  const jobId = await invite('secret@example.com');
  await waitFor('it is sent', async () => (await emailOf(jobId))?.state === 'sent');
  const [mail] = system.mail.to('secret@example.com');
  const token = /token=([\w.-]+)/.exec(mail?.text ?? '')?.[1] as string;
  await system.call('GET', `/accept?token=${token}`, { key: null });
  await system.call('POST', '/api/v1/invitations/accept', { key: null, body: { token } });
  await waitFor('the acceptance is logged', () =>
    lines.some((line) => line.includes('invitations/accept')),
  );
  const log = lines.join('\n');
  expect(log).toContain(jobId);
  for (const secret of [system.tenant.key, token, token.split('.')[1] as string, 'invited you']) {
    expect(log).not.toContain(secret);
  }
});
