import { createApiKey } from '@usher/directory';
import { beforeEach, describe, expect, test } from 'vitest';
import type { System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';
import { BACKENDS } from './backends.ts';
import { useBackend } from './use-backend.ts';

const UNKNOWN = '01900000-0000-7000-8000-000000000000';

describe.each(BACKENDS)('on $name', (backend) => {
  const running = useBackend(backend, async () => ({}));
  let system: System;
  beforeEach(() => {
    system = running.system;
  });

  const invite = (body: object, headers: Record<string, string> = {}) =>
    system.call('POST', '/api/v1/invites/bulk', { body, headers });
  const finished = async (jobId: string) => {
    const { body } = await system.call('GET', `/api/v1/jobs/${jobId}?wait=30`);
    expect(body.job.finished_at).not.toBeNull();
    return body.job;
  };
  const sent = (jobId: string) =>
    waitFor('the email is sent', async () => {
      const { body } = await system.call('GET', `/api/v1/jobs/${jobId}`);
      return body.job.email?.state === 'sent' && body.job;
    });

  test('a direct invite adds members at once, in request order, each target for itself, repeats once', async () => {
    const [a, b] = system.tenant.websiteIds as [string, string];
    const first = await invite({
      invite_method: 'direct',
      email: 'Jane.Doe@Example.com',
      role: 'admin',
      first_name: 'Jane',
      website_ids: [b, UNKNOWN, a, b.toUpperCase()],
    });
    expect(first.status).toBe(200);
    const [user] = await system.db.selectFrom('users').selectAll().execute();
    expect(user).toMatchObject({
      email: 'jane.doe@example.com',
      email_verified: false,
      first_name: 'Jane',
    });
    expect(first.body).toEqual({
      success: true,
      results: [
        { website_id: b, success: true, message: 'User added to website', user_id: user?.id },
        { website_id: UNKNOWN, success: false, error: 'Website not found' },
        { website_id: a, success: true, message: 'User added to website', user_id: user?.id },
      ],
      job_id: expect.any(String),
    });
    expect(first.headers.get('location')).toBe(`/api/v1/jobs/${first.body.job_id}`);

    const again = await invite({
      invite_method: 'direct',
      email: 'jane.doe@example.com',
      website_ids: [a],
    });
    expect(again.body.results).toEqual([
      { website_id: a, success: false, error: 'User is already a member of this website' },
    ]);
    const members = await system.call('GET', `/api/v1/websites/${a}/members`);
    expect(members.body.members).toMatchObject([{ email: 'jane.doe@example.com', role: 'admin' }]);
    const job = await finished(first.body.job_id);
    expect(job).toMatchObject({ state: 'partially_failed', email: null });
    expect(system.mail.to('jane.doe@example.com')).toEqual([]);
  });

  test('no valid target: no user is created and no email goes out', async () => {
    const direct = await invite({
      invite_method: 'direct',
      email: 'nobody@example.com',
      group_ids: [UNKNOWN],
    });
    expect(direct.body.results).toEqual([
      { group_id: UNKNOWN, success: false, error: 'Group not found' },
    ]);
    const email = await invite({
      invite_method: 'email',
      email: 'nobody@example.com',
      website_ids: [UNKNOWN],
    });
    expect(await finished(email.body.job_id)).toMatchObject({ state: 'failed', email: null });
    const users = await system.db
      .selectFrom('users')
      .where('email', '=', 'nobody@example.com')
      .selectAll()
      .execute();
    const sendings = await system.db
      .selectFrom('sendings')
      .where('job_id', '=', email.body.job_id)
      .selectAll()
      .execute();
    expect([users, sendings]).toEqual([[], []]);
  });

  test('an email invite sends exactly one email that names whatever succeeded, and its link accepts all', async () => {
    const [, , c, d, e] = system.tenant.websiteIds as string[];
    await invite({ invite_method: 'direct', email: 'bob@example.com', website_ids: [e] });
    const answer = await invite({
      invite_method: 'email',
      email: 'bob@example.com',
      first_name: 'Bob',
      website_ids: [c, d, e, UNKNOWN],
    });
    expect(answer.body.results).toEqual([
      { website_id: c, success: true, message: 'Invitation sent', invite_id: expect.any(String) },
      { website_id: d, success: true, message: 'Invitation sent', invite_id: expect.any(String) },
      { website_id: e, success: false, error: 'User is already a member of this website' },
      { website_id: UNKNOWN, success: false, error: 'Website not found' },
    ]);
    await sent(answer.body.job_id);
    const mails = system.mail.to('bob@example.com');
    expect(mails).toHaveLength(1);
    const [mail] = mails as [(typeof mails)[0]];
    for (const part of [mail.text, mail.html]) {
      for (const said of ['Bob', 'Acme', 'site-3.example.com', 'site-4.example.com', 'viewer']) {
        expect(part.toLowerCase()).toContain(said.toLowerCase());
      }
      expect(part).not.toContain('site-5.example.com');
    }
    const again = await invite({
      invite_method: 'email',
      email: 'BOB@example.com',
      website_ids: [c],
    });
    expect(again.body.results[0].error).toBe('An invitation to this website is already pending');

    const token = /accept\?token=([\w.-]+)/.exec(mail.text)?.[1];
    const accepted = await system.call('POST', '/api/v1/invitations/accept', {
      key: null,
      body: { token },
    });
    expect(accepted.status).toBe(200);
    expect(accepted.body).toEqual({
      success: true,
      accepted: [{ website_id: c }, { website_id: d }],
    });
    const { body } = await system.call('GET', `/api/v1/websites/${c}/members`);
    expect(body.members).toMatchObject([
      { email: 'bob@example.com', role: 'viewer', access_type: 'direct' },
    ]);
  });

  test('respond-async answers 202 with the job, and the same key the same job, as the repeat prefers', async () => {
    const request = {
      invite_method: 'direct',
      email: 'async@example.com',
      website_ids: system.tenant.websiteIds,
    };
    const headers = { 'idempotency-key': 'async-1' };
    const first = await invite(request, { ...headers, prefer: 'respond-async' });
    expect(first.status).toBe(202);
    expect(first.headers.get('preference-applied')).toBe('respond-async');
    expect(Number(first.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(first.headers.get('location')).toBe(first.body.job.links.self);
    expect(first.body.job.counts).toMatchObject({ total: 50 });

    const repeat = await invite(request, { 'idempotency-key': '"async-1"' });
    expect(repeat.status).toBe(200);
    expect(repeat.headers.get('idempotent-replayed')).toBe('true');
    expect(repeat.body.job_id).toBe(first.body.job.id);
    expect(repeat.body.results).toHaveLength(50);

    const other = await invite({ ...request, role: 'admin' }, headers);
    expect(other.status).toBe(422);
    const jobs = await system.db
      .selectFrom('jobs')
      .select('id')
      .where('id', '=', first.body.job.id)
      .execute();
    expect(jobs).toHaveLength(1);
  });

  test('fifty requests at once under one key make one job', async () => {
    const body = {
      invite_method: 'direct',
      email: 'once@example.com',
      website_ids: system.tenant.websiteIds,
    };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => invite(body, { 'idempotency-key': 'at-once' })),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => answer.body.job_id)).size).toBe(1);
    expect(
      answers.filter((answer) => answer.headers.get('idempotent-replayed') === null),
    ).toHaveLength(1);
  });

  test('a scoped key reaches only its websites, and only its own jobs', async () => {
    const [a, b] = system.tenant.websiteIds as [string, string];
    const scoped = await createApiKey(system.db, { orgId: system.tenant.id, websiteIds: [a] });
    const body = { invite_method: 'direct', email: 'scoped@example.com', website_ids: [a, b] };
    const answer = await system.call('POST', '/api/v1/invites/bulk', { body, key: scoped.key });
    expect(answer.body.results).toMatchObject([
      { website_id: a, success: true },
      { website_id: b, success: false, error: 'Website not found' },
    ]);
    const groups = {
      invite_method: 'direct',
      email: 'scoped@example.com',
      group_ids: system.tenant.groupIds,
    };
    expect(
      (await system.call('POST', '/api/v1/invites/bulk', { body: groups, key: scoped.key })).status,
    ).toBe(403);
    const own = await system.call('GET', '/api/v1/jobs', { key: scoped.key });
    expect(own.body.jobs.map((job: { id: string }) => job.id)).toEqual([answer.body.job_id]);
    const global = await invite({
      invite_method: 'direct',
      email: 'global@example.com',
      website_ids: [a],
    });
    const foreign = await system.call('GET', `/api/v1/jobs/${global.body.job_id}`, {
      key: scoped.key,
    });
    expect(foreign.status).toBe(404);
  });
});
