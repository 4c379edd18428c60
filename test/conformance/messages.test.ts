import { createQueue, type Lane } from '@usher/queue';
import { sql } from 'kysely';
import { afterEach, describe, expect, test } from 'vitest';
import { findViolations } from '../support/checker.ts';
import { settled } from '../support/settled.ts';
import { waitFor } from '../support/wait-for.ts';
import { BACKENDS } from './backends.ts';
import { statuses, submitEmails } from './submit-emails.ts';
import { useBackend } from './use-backend.ts';

/** How often each message is sent beside the dispatcher's own. */
const TIMES = 4;

describe.each(BACKENDS)('on $name', (backend) => {
  const running = useBackend(backend, async () => ({ workers: 2, websites: 500 }));

  afterEach(async () => {
    const { system } = running;
    await settled(system);
    expect(await findViolations(system.db, system.mail)).toEqual([]);
  });

  const submitJob = (email: string, invite_method: string) =>
    running.system.call('POST', '/api/v1/jobs', {
      body: {
        kind: 'bulk-invite',
        invite_method,
        email,
        website_ids: running.system.tenant.websiteIds,
      },
      headers: { prefer: 'wait=60' },
    });
  test('a job of several hundred targets runs in pieces, and sends one email for all of them', async () => {
    const answers = await Promise.all([
      submitJob('direct@example.com', 'direct'),
      submitJob('email@example.com', 'email'),
    ]);
    for (const { status, body } of answers) {
      expect(status).toBe(202);
      expect(body.job).toMatchObject({ state: 'succeeded', counts: { succeeded: 500 } });
    }
    const [mail] = await waitFor('the email', () => {
      const mails = running.system.mail.to('email@example.com');
      return mails.length > 0 && mails;
    });
    expect(new Set(mail?.text.match(/site-\d+\.example\.com/g)).size).toBe(500);
    await settled(running.system);
    expect(running.system.mail.mails).toHaveLength(1);
  });

  test('a message sent many times over, also for what is finished, does nothing', async () => {
    const { system, store } = running;
    const errors: Error[] = [];
    const queue = createQueue({
      url: store.queueUrl ?? system.databaseUrl,
      onError: (error) => errors.push(error),
    });
    const sendings = new Map<string, { lane: Lane; times: number }>();
    const before = system.mail.mails.length;
    const small = await system.createTenant(10);
    const repeat = async () => {
      const { rows } = await sql<{ id: string; lane: Lane }>`select id, lane from tasks`.execute(
        system.db,
      );
      for (const { id, lane } of rows) {
        if (!sendings.has(id)) sendings.set(id, { lane, times: 0 });
      }
      for (const [id, sending] of sendings) {
        if (sending.times === TIMES) continue;
        sending.times += 1;
        await queue.send(sending.lane, [id]);
      }
      const each = [...sendings.values()];
      return rows.length === 0 && each.length > 0 && each.every(({ times }) => times === TIMES);
    };
    const submissions = submitEmails(system, 15, small);
    await waitFor('everything is done, and everything was repeated', async () => {
      const all = await repeat();
      return all && system.mail.mails.length >= before + 15;
    });
    expect(statuses(await submissions)).toEqual([202]);
    await queue.close(5_000);
    expect(system.mail.mails).toHaveLength(before + 15);
    expect(errors).toEqual([]);
    const { rows } = await sql<{ deaths: number }>`
      select coalesce(sum(ambiguities), 0)::int as deaths from sendings`.execute(system.db);
    expect(rows).toEqual([{ deaths: 0 }]);
  });
});
