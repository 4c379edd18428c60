import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { findViolations } from '../support/checker.ts';
import { settled } from '../support/settled.ts';
import { startSystem, type Part, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';
import { expected, keepReplacing } from './keep-replacing.ts';
import { QUICK_START } from './quick-start.ts';
import { startDoomedApi } from './start-doomed-api.ts';

const SUBMISSIONS = 200;
const KILLS = 10;
/** Where workers start so slowly that the work would be over before they are killed, more comes in. */
const FEWEST_TARGETS = 1_000;
/** Milliseconds that each row takes: so long, that targets are pending at every kill. */
const ROW_MS = 3;
/** Milliseconds that the mail server keeps its answer to an email that it has: a kill falls in between. */
const ANSWER_MS = 300;
const PATIENCE_MS = 240_000;

test('200 submissions at once survive ten killed workers and two killed APIs: one outcome per target, one email each and one more per recorded ambiguity', async () => {
  const system = await startSystem({ workers: 3, websites: 50, environment: QUICK_START });
  onTestFinished(() => system.close());
  const doomed = await Promise.all([startDoomedApi(system, 20), startDoomedApi(system, 60)]);
  onTestFinished(() => Promise.all(doomed.map((api) => api.close())).then(() => undefined));
  const workers = keepReplacing(system);
  onTestFinished(() => workers.stop());
  system.mail.answerAfter(ANSWER_MS);
  await dawdle(system, ROW_MS);
  await sql`create trigger dawdle before insert on invites
    for each row execute function dawdle()`.execute(system.db);
  const clients = careful(system, [...doomed, ...system.apis]);
  const submissions = Array.from({ length: SUBMISSIONS }, (_, n) => clients.submit(n));
  const submitMore = () => void submissions.push(clients.submit(submissions.length));

  // A kill counts where targets are pending right after it; at least one takes its email along.
  for (let kills = 0; kills < KILLS || system.mail.unheard() === 0;) {
    await waitFor(
      'targets are pending while the mail server has an email in hand',
      async () => {
        const left = await pending(system);
        if (left < FEWEST_TARGETS && clients.acknowledged.size === submissions.length) submitMore();
        return workers.alive.size > 1 && system.mail.waiting() > 0 && left > 0;
      },
      PATIENCE_MS,
    );
    const alive = [...workers.alive];
    const victim = alive[workers.ended % alive.length] as Part;
    process.kill(victim.pid, 'SIGKILL');
    await victim.exited;
    if ((await pending(system)) > 0) kills += 1;
  }
  await dawdle(system, 0);
  await Promise.all(submissions);
  expect(await Promise.all(doomed.map((api) => api.exited))).toEqual(
    doomed.map(() => ({ code: null, signal: 'SIGKILL' })),
  );
  await settled(system, 360_000);

  expect(clients.replayed).toBeGreaterThanOrEqual(doomed.length);
  const jobs = await system.db.selectFrom('jobs').select('id').execute();
  expect(jobs.map((job) => job.id).toSorted()).toEqual([...clients.acknowledged].toSorted());
  expect(jobs).toHaveLength(submissions.length);
  expect(await findViolations(system.db, system.mail)).toEqual([]);
  const { rows } = await sql`
    select status, code, count(*) from outcomes group by status, code`.execute(system.db);
  expect(rows).toEqual([{ status: 'succeeded', code: 'invited', count: jobs.length * 50 }]);
  const sendings = await system.db
    .selectFrom('sendings')
    .select(['recipient', 'ambiguities'])
    .execute();
  expect(sendings).toHaveLength(jobs.length);
  for (const { recipient, ambiguities } of sendings) {
    const received = system.mail.to(recipient).length;
    expect(received, recipient).toBeGreaterThanOrEqual(1);
    expect(received, recipient).toBeLessThanOrEqual(1 + ambiguities);
  }
  const ambiguities = sendings.reduce((sum, each) => sum + each.ambiguities, 0);
  expect(ambiguities).toBeGreaterThanOrEqual(1);
  console.log(
    `${workers.ended} workers and ${doomed.length} APIs killed, ${clients.replayed} submissions replayed, ` +
      `${system.mail.unheard()} emails taken from senders that died, ${ambiguities} ambiguities recorded: ` +
      `${system.mail.mails.length} emails to ${jobs.length} people`,
  );
}, 720_000);

/** Each invite's row takes so many milliseconds, from the next statement on. */
async function dawdle({ db }: System, ms: number): Promise<void> {
  await sql`create or replace function dawdle() returns trigger language plpgsql as
    ${sql.lit(`begin perform pg_sleep(${ms / 1_000}); return new; end`)}`.execute(db);
}

/** Clients that repeat a submission under its key, at one API after the other, until one accepts it. */
function careful(system: System, apis: readonly Part[]) {
  const clients = {
    acknowledged: new Set<string>(),
    replayed: 0,
    async submit(n: number): Promise<void> {
      let tries = n;
      await waitFor(
        `submission ${n} is acknowledged`,
        async () => {
          const api = apis[tries++ % apis.length] as Part;
          const answer = await system
            .call('POST', '/api/v1/invites/bulk', {
              body: {
                invite_method: 'email',
                email: `kill-${n}@example.com`,
                website_ids: system.tenant.websiteIds,
              },
              headers: { prefer: 'respond-async', 'idempotency-key': `kill-${n}` },
              api,
            })
            .catch(expected);
          if (answer?.status !== 202) return false;
          clients.acknowledged.add(answer.body.job.id);
          if (answer.headers.get('idempotent-replayed') === 'true') clients.replayed += 1;
          return true;
        },
        PATIENCE_MS,
      );
    },
  };
  return clients;
}

/** Targets without an outcome. */
async function pending({ db }: System): Promise<number> {
  const { rows } = await sql<{ targets: number }>`
    select coalesce(sum(remaining), 0)::int as targets from jobs`.execute(db);
  return rows[0]?.targets ?? 0;
}
