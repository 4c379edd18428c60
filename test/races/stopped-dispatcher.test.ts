import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findViolations } from '../support/checker.ts';
import { startSystem, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem({ workers: 2 });
});
afterAll(() => system.close());

const leader = async (): Promise<number | undefined> => {
  const { rows } = await sql<{ application_name: string }>`
    select application_name from pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and granted and application_name like 'usher-dispatcher-%'
      and pg_locks.database = (select oid from pg_database where datname = current_database())`.execute(
    system.db,
  );
  return rows[0] && Number(rows[0].application_name.replace('usher-dispatcher-', ''));
};

test('a dispatcher that is stopped, not killed, loses its office, and does no harm when it goes on', async () => {
  const first = await waitFor('one leads', leader);
  process.kill(first, 'SIGSTOP');
  const stoppedAt = performance.now();
  try {
    const second = await waitFor('another leads', async () => {
      const pid = await leader();
      return pid !== first && pid;
    });
    expect(system.workers.map((worker) => worker.pid)).toContain(second);
    expect(performance.now() - stoppedAt).toBeLessThan(10_000);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        system.call('POST', '/api/v1/invites/bulk', {
          body: {
            invite_method: 'email',
            email: `stop-${n}@example.com`,
            website_ids: system.tenant.websiteIds,
          },
        }),
      ),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
  } finally {
    process.kill(first, 'SIGCONT');
  }
  await waitFor(
    'all emails are out',
    async () => {
      const left = await system.db.selectFrom('tasks').select('id').execute();
      return left.length === 0;
    },
    60_000,
  );
  expect(await findViolations(system.db, system.mail)).toEqual([]);
  expect(system.mail.mails).toHaveLength(20);
}, 300_000);
