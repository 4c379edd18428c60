import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { findViolations } from '../support/checker.ts';
import { startOwnPostgres, type OwnPostgres } from '../support/own-postgres.ts';
import { settled } from '../support/settled.ts';
import type { Part, System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';
import { BACKENDS } from './backends.ts';
import { statuses, submitEmails } from './submit-emails.ts';
import { useBackend } from './use-backend.ts';

describe.each(BACKENDS)('on $name', (backend) => {
  let postgres: OwnPostgres;
  const running = useBackend(backend, async () => {
    postgres = await startOwnPostgres();
    return { database: postgres, apis: 1, workers: 2, websites: 20 };
  });
  let acknowledged = 0;

  const everythingEndsWell = async () => {
    const { system } = running;
    await settled(system);
    expect(await findViolations(system.db, system.mail)).toEqual([]);
    expect(new Set(system.mail.mails.map((mail) => mail.to)).size).toBe(acknowledged);
  };

  const submit = async (count: number) => {
    const answers = await submitEmails(running.system, count);
    acknowledged += answers.filter((answer) => answer.status === 202).length;
    return answers;
  };
  const outcomes = async () => {
    const { rows } = await sql<{ count: number }>`select count(*) from outcomes`.execute(
      running.system.db,
    );
    return rows[0]?.count ?? 0;
  };
  /** Submit while work goes on, and end one of the two workers in the middle of it. */
  const endWorkerUnderLoad = async (end: (worker: Part) => Promise<unknown>) => {
    const { system } = running;
    const before = await outcomes();
    const submissions = Promise.all([submit(30), submit(30)]);
    await waitFor('work has begun', async () => (await outcomes()) > before);
    await end(system.workers.shift() as Part);
    expect(statuses((await submissions).flat())).toEqual([202]);
    await everythingEndsWell();
    await system.startWorker();
  };

  test('a worker killed under load loses nothing: another does its work, once', async () => {
    await endWorkerUnderLoad(async (worker) => {
      process.kill(worker.pid, 'SIGKILL');
      expect(await worker.exited).toEqual({ code: null, signal: 'SIGKILL' });
    });
  });

  test('a SIGTERM under load loses nothing: what runs is finished, what waits is done by the others', async () => {
    await endWorkerUnderLoad(async (worker) => {
      expect(await worker.stop(30_000)).toEqual({ code: 0, signal: null });
    });
  });

  test('the queue is wiped again and again under load: nothing is lost, and nobody has to help', async () => {
    for (let round = 0; round < 4; round += 1) {
      await submit(20);
      await running.store.wipe(running.system);
    }
    await everythingEndsWell();
  });

  test('Postgres goes away and returns: requests hear 503, and what was acknowledged is done without help', async () => {
    const { system } = running;
    const status = async (path: string) => (await system.call('GET', path, { key: null })).status;
    const before = await submit(20);
    await postgres.stop();
    const [during] = await submit(1);
    expect(during?.status).toBe(503);
    expect(during?.headers.get('retry-after')).not.toBeNull();
    expect(during?.body).toEqual({ error: expect.any(String) });
    expect([await status('/health/ready'), await status('/health/live')]).toEqual([503, 200]);
    await postgres.start();
    await waitFor('it is ready again', async () => (await status('/health/ready')) === 200);
    const after = await submit(1);
    expect(statuses([...before, ...after])).toEqual([202]);
    await everythingEndsWell();
  }, 300_000);

  // The last: nothing is left of the system after it.
  test('API and workers in the middle of their work exit 0 within 30 s of SIGTERM while Postgres is away', async () => {
    const { system } = running;
    await slowDown(system);
    const start_at = new Date(Date.now() + 3_600_000).toISOString();
    const later = await system.call('POST', '/api/v1/jobs', {
      body: {
        kind: 'bulk-invite',
        invite_method: 'direct',
        email: 'later@example.com',
        website_ids: system.tenant.websiteIds,
        start_at,
      },
    });
    expect(later.status).toBe(202);
    const answers = Promise.all([
      system.call('GET', `${later.body.job.links.self}?wait=30`),
      // These wait for their jobs, too.
      ...Array.from({ length: 60 }, (_, n) =>
        system.call('POST', '/api/v1/invites/bulk', {
          body: {
            invite_method: 'email',
            email: `busy-${n}@example.com`,
            website_ids: system.tenant.websiteIds,
          },
        }),
      ),
    ]);
    await waitFor('all are submitted, some still run, and an email hangs', async () => {
      const { rows } = await sql<{ all: number; left: number }>`
        select count(*) as all, count(*) filter (where finished_at is null) as left
        from jobs where input ->> 'email' like 'busy-%'`.execute(system.db);
      const [jobs] = rows;
      return jobs?.all === 60 && jobs.left > 0 && system.mail.waiting() > 0 && jobs;
    });
    await postgres.stop();
    const began = performance.now();
    const parts = [...system.apis, ...system.workers];
    for (const part of parts) process.kill(part.pid, 'SIGTERM');
    expect(system.mail.waiting()).toBeGreaterThan(0);
    const exits = await Promise.all(parts.map((part) => part.exited));
    const seconds = (performance.now() - began) / 1_000;
    console.log(`on ${backend.name}: drained in ${seconds.toFixed(1)} s`);
    expect(exits).toEqual(parts.map(() => ({ code: 0, signal: null })));
    expect(seconds).toBeLessThan(30);
    // Nobody was cut off: each has its results, its job to come back to, or the advice to do so.
    const heard = statuses(await answers);
    expect([200, 202, 503]).toEqual(expect.arrayContaining(heard));
    expect(heard).toContain(503);
  }, 300_000);
});

/** Each invite's row takes a moment, and the mail server answers no email that it takes from now on. */
async function slowDown({ db, mail }: System): Promise<void> {
  mail.answerAfter(Number.POSITIVE_INFINITY);
  await sql`create function dawdle() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.005); return new; end $$`.execute(db);
  await sql`create trigger dawdle before insert on invites
    for each row execute function dawdle()`.execute(db);
}
