import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { findViolations } from '../support/checker.ts';
import { settled } from '../support/settled.ts';
import { startSystem, type Part, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

let system: System;
let stopReplacing: () => void = () => {};

afterEach(async () => {
  stopReplacing();
  await system.close();
});

/** What a kill leaves behind: a worker that was never ready, a request cut off. Kept for a look. */
const cutOff: Error[] = [];
const expected = (error: Error): undefined => void cutOff.push(error);

/** What a supervisor does: whenever a worker ends, start another. Counts the ends. */
function keepReplacing(environment: Record<string, string> = {}) {
  const count = { ended: 0, alive: new Set<Part>() };
  let stopped = false;
  const replaceAfter = async (worker: Part): Promise<void> => {
    count.alive.add(worker);
    await worker.exited;
    count.alive.delete(worker);
    if (stopped) return;
    count.ended += 1;
    // Killed again before it was ready: that end counts, and its place is filled too.
    const next = await system.startWorker(environment).catch(expected);
    return next && replaceAfter(next);
  };
  for (const worker of system.workers) void replaceAfter(worker);
  stopReplacing = () => {
    stopped = true;
  };
  return count;
}

/** Deadly targets in each of four jobs; each of them costs its three deaths. */
const DEADLY = Number(process.env.USHER_DEADLY_TARGETS ?? 2);
const HEALTHY = 10;

test('targets that kill their worker end internal_error, and every healthy target succeeds', async () => {
  system = await startSystem({ workers: 0, websites: 4 * (DEADLY + HEALTHY) });
  const { websiteIds } = system.tenant;
  const poison = websiteIds.slice(0, 4 * DEADLY);
  const healthy = websiteIds.slice(4 * DEADLY);
  const environment = { TEST_FAILPOINTS: JSON.stringify({ 'target:before-run': poison }) };
  await Promise.all([1, 2, 3].map(() => system.startWorker(environment)));
  const count = keepReplacing(environment);
  const answers = await Promise.all(
    [0, 1, 2, 3].map((n) =>
      system.call('POST', '/api/v1/invites/bulk', {
        body: {
          invite_method: 'direct',
          email: `poison-${n}@example.com`,
          website_ids: [
            ...poison.slice(n * DEADLY, (n + 1) * DEADLY),
            ...healthy.slice(n * HEALTHY, (n + 1) * HEALTHY),
          ],
        },
        headers: { prefer: 'respond-async' },
      }),
    ),
  );
  expect(answers.map((answer) => answer.status)).toEqual([202, 202, 202, 202]);
  await settled(system, 420_000);
  const { rows } = await sql<{ target_id: string; status: string; code: string }>`
    select target_id, status, code from outcomes`.execute(system.db);
  const ends = new Map(rows.map((row) => [row.target_id, `${row.status} ${row.code}`]));
  for (const id of poison) expect(ends.get(id)).toBe('failed internal_error');
  for (const id of healthy) expect(ends.get(id)).toBe('succeeded added');
  expect(count.ended).toBeGreaterThanOrEqual(3 * poison.length);
  expect(await findViolations(system.db, system.mail)).toEqual([]);
}, 480_000);

test('200 submissions of 50 survive ten killed workers and two killed APIs: one outcome, one email each', async () => {
  system = await startSystem({ apis: 2, workers: 3, websites: 50 });
  const count = keepReplacing();
  const acknowledged = new Set<string>();
  let apiDeaths = 0;
  const submit = async (n: number): Promise<void> => {
    const body = {
      invite_method: 'email',
      email: `kill-${n}@example.com`,
      website_ids: system.tenant.websiteIds,
    };
    const headers = { prefer: 'respond-async', 'idempotency-key': `kill-${n}` };
    await waitFor(`submission ${n} is acknowledged`, async () => {
      const api = system.apis.at(-1 - (n % 2)) as Part;
      // An API killed under us gives no answer: the same key makes it safe to ask again.
      const answer = await system
        .call('POST', '/api/v1/invites/bulk', { body, headers, api })
        .catch(expected);
      if (answer?.status === 202) acknowledged.add(answer.body.job.id);
      return answer?.status === 202;
    });
  };
  const killApi = async () => {
    process.kill((system.apis[apiDeaths] as Part).pid, 'SIGKILL');
    apiDeaths += 1;
    await system.startApi();
  };
  const pending = async () => {
    const { rows } = await sql<{ pending: number }>`
      select coalesce(sum(remaining), 0)::int as pending from jobs`.execute(system.db);
    return rows[0]?.pending ?? 0;
  };
  for (let batch = 0; batch < 10; batch += 1) {
    const work = Array.from({ length: 20 }, (_, n) => submit(batch * 20 + n));
    await waitFor('targets are pending', async () => (await pending()) > 0);
    const before = count.ended;
    const [oldest] = count.alive;
    process.kill((oldest as Part).pid, 'SIGKILL');
    if (batch === 3 || batch === 7) work.push(killApi());
    await Promise.all(work);
    await waitFor('it is replaced', () => count.ended > before && count.alive.size === 3);
  }
  await settled(system, 180_000);
  expect([acknowledged.size, apiDeaths]).toEqual([200, 2]);
  expect(count.ended).toBeGreaterThanOrEqual(10);
  const jobs = await system.db.selectFrom('jobs').select('id').execute();
  expect(new Set(jobs.map((job) => job.id))).toEqual(acknowledged);
  expect(await findViolations(system.db, system.mail)).toEqual([]);
  const { rows } = await sql<{ outcomes: number; succeeded: number; ambiguities: number }>`
    select (select count(*) from outcomes) as outcomes,
      (select count(*) from outcomes where status = 'succeeded') as succeeded,
      (select sum(ambiguities) from sendings) as ambiguities`.execute(system.db);
  expect(rows[0]).toMatchObject({ outcomes: 10_000, succeeded: 10_000 });
  expect(new Set(system.mail.mails.map((mail) => mail.to)).size).toBe(200);
  expect(system.mail.mails.length).toBeLessThanOrEqual(200 + Number(rows[0]?.ambiguities));
}, 480_000);
