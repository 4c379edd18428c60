import { newId } from '@usher/db';
import { JOB_STATES } from '@usher/contracts';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { JobHead } from '../kind.ts';
import { useBench } from '../testing/use-bench.ts';
import { jobState, jobStateSql } from './job-state.ts';

const bench = useBench();

const NULLABLE = [null, new Date('2020-01-01Z')];
const COUNTS = [0, 1];

/** Every combination of what the state depends on that the database can hold. */
function* everyJob() {
  for (const start_at of [null, new Date('2020-01-01Z'), new Date('2200-01-01Z')])
    for (const started_at of NULLABLE)
      for (const paused_at of NULLABLE)
        for (const cancel_requested_at of NULLABLE)
          for (const fenced_at of NULLABLE)
            for (const remaining of COUNTS)
              for (const succeeded of COUNTS)
                for (const failed of COUNTS)
                  for (const canceled of COUNTS)
                    yield {
                      start_at,
                      started_at,
                      paused_at,
                      cancel_requested_at,
                      fenced_at,
                      remaining,
                      succeeded,
                      failed,
                      canceled,
                      total: remaining + succeeded + failed + canceled,
                      finished_at: remaining === 0 ? new Date('2020-01-02Z') : null,
                    };
}

test('a job’s state is the same in TypeScript and in SQL, for every combination', async () => {
  const jobs = [...everyJob()].map((job) => ({
    ...job,
    id: newId(),
    org_id: bench.orgId,
    kind: 'test',
    input: '{}',
    target_ids: Array.from({ length: job.total }, () => newId()),
  }));
  await bench.db.insertInto('jobs').values(jobs).execute();
  const { rows } = await sql<JobHead & { state: string }>`
    select jobs.*, ${jobStateSql} as state from jobs`.execute(bench.db);

  expect(rows).toHaveLength(jobs.length);
  expect(rows.filter((row) => row.state !== jobState(row))).toEqual([]);
  expect([...new Set(rows.map((row) => row.state))].toSorted()).toEqual(JOB_STATES.toSorted());
});

test.each([
  ['succeeded', { succeeded: 2 }],
  ['partially_failed', { succeeded: 1, failed: 1 }],
  ['failed', { failed: 2 }],
  ['canceled', { succeeded: 1, canceled: 1 }],
  ['canceled', { failed: 1, canceled: 1 }],
  ['succeeded', {}],
])('a finished job is %s (%o)', (state, counts) => {
  const job = {
    succeeded: 0,
    failed: 0,
    canceled: 0,
    remaining: 0,
    ...counts,
    finished_at: new Date(),
    paused_at: new Date(),
  } as JobHead;
  expect(jobState(job)).toBe(state);
});
