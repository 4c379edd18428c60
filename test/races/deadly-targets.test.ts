import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { findViolations } from '../support/checker.ts';
import { settled } from '../support/settled.ts';
import { startSystem } from '../support/system.ts';
import { keepReplacing } from './keep-replacing.ts';
import { QUICK_START } from './quick-start.ts';

const JOBS = 4;
/** Deadly targets in each job; each of them costs its three deaths. */
const DEADLY = Number(process.env.USHER_DEADLY_TARGETS ?? 5);
const HEALTHY = 10;

test(`${JOBS * DEADLY} targets that kill their worker end internal_error after three deaths each, and every healthy one succeeds`, async () => {
  const system = await startSystem({
    workers: 0,
    websites: JOBS * (DEADLY + HEALTHY),
    environment: QUICK_START,
  });
  onTestFinished(() => system.close());
  // Most of the time goes into starting workers: the first ends in peace, for the sixty after it.
  await (await system.startWorker()).stop(30_000);
  system.workers.pop();
  const { websiteIds } = system.tenant;
  const poison = websiteIds.slice(0, JOBS * DEADLY);
  const healthy = websiteIds.slice(JOBS * DEADLY);
  const environment = { TEST_FAILPOINTS: JSON.stringify({ 'target:before-run': poison }) };
  await Promise.all([1, 2, 3].map(() => system.startWorker(environment)));
  const workers = keepReplacing(system, environment);
  onTestFinished(() => workers.stop());
  const answers = await Promise.all(
    Array.from({ length: JOBS }, (_, n) =>
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
  expect(workers.ended).toBeGreaterThanOrEqual(3 * poison.length);
  expect(await findViolations(system.db, system.mail)).toEqual([]);
}, 480_000);
