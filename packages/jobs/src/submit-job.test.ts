import { newId } from '@usher/db';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Job } from '@usher/db';
import { answerOnce, pruneIdempotencyKeys } from './idempotency.ts';
import { submitJob, type Submission } from './submit-job.ts';
import { startCuttingProxy, type CuttingProxy } from '../../../test/support/cutting-proxy.ts';
import { raise } from './testing/test-kind.ts';
import { aJob, anOrganization, readJobRow, tasksOf, useBench } from './testing/use-bench.ts';

const bench = useBench();
let proxy: CuttingProxy;
beforeAll(async () => {
  proxy = await startCuttingProxy(bench.url);
});
afterAll(() => proxy.close());

let keys = 0;
const freshKey = () => `key-${(keys += 1)}`;

function submission(more: Partial<Submission> = {}): Submission {
  return {
    orgId: bench.orgId,
    apiKeyId: null,
    kind: bench.engine().kind,
    input: {},
    targetIds: [newId(), newId()],
    ...more,
  };
}

const withKey = (key: string, body: unknown, route = 'POST /jobs'): Partial<Submission> => ({
  idempotency: { route, key, body },
});

const jobCount = async (orgId: string): Promise<number> => {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from jobs where org_id = ${orgId}`.execute(bench.db);
  return rows[0]!.count;
};

test('a job is committed with its tasks: small ones whole and interactive, large ones in pieces', async () => {
  const engine = bench.engine();
  const small = await aJob(bench, engine, 50);
  expect(small.tasks).toMatchObject([{ lane: 'interactive', gate: null }]);
  expect(small.tasks[0]!.positions).toHaveLength(50);

  const large = await aJob(bench, engine, 401);
  expect(large.tasks.map((task) => [task.lane, task.gate, task.positions.length])).toEqual([
    ['bulk', 'database', 200],
    ['bulk', 'database', 200],
    ['bulk', 'database', 1],
  ]);
  expect(large.tasks.flatMap((task) => task.target_ids)).toEqual(large.targetIds);
  expect(large.tasks.flatMap((task) => task.positions)).toEqual(large.targetIds.map((_, at) => at));
});

test('a job is cut into a dozen tasks, of 800 targets at most, or 200 where it stops at so many failures', async () => {
  const sizes = async (count: number, failureLimit?: number) => {
    const { tasks } = await aJob(bench, bench.engine(), count, { failureLimit });
    return tasks.map((task) => task.positions.length);
  };
  expect(await sizes(6_000)).toEqual(Array(12).fill(500));
  expect(await sizes(10_000)).toEqual([...Array(12).fill(800), 400]);
  expect(await sizes(10_000, 10)).toEqual(Array(50).fill(200));
});

test('a job without targets is finished from the start', async () => {
  const { jobId, tasks } = await aJob(bench, bench.engine(), 0);
  expect(tasks).toEqual([]);
  expect(await readJobRow(bench.db, jobId)).toMatchObject({
    total: 0,
    remaining: 0,
    finished_at: expect.any(Date),
  });
});

test('a start in the future makes its tasks due then', async () => {
  const startAt = new Date(Date.now() + 3_600_000);
  const { tasks } = await aJob(bench, bench.engine(), 1, { startAt });
  expect(tasks[0]!.due_at).toEqual(startAt);
});

test('a start that is past, however long, goes before nothing that waits already', async () => {
  const engine = bench.engine();
  const waiting = await aJob(bench, engine, 1);
  for (const start of ['0000-01-01T00:00:00Z', '1970-01-01T00:00:00Z']) {
    const startAt = new Date(start);
    const { jobId, tasks } = await aJob(bench, engine, 1, { startAt });
    expect(tasks[0]!.due_at.getTime()).toBeGreaterThanOrEqual(waiting.tasks[0]!.due_at.getTime());
    expect((await readJobRow(bench.db, jobId)).start_at).toEqual(startAt);
  }
});

test.each(['before', 'after'] as const)(
  'a COMMIT of unknown fate (lost %s Postgres heard it) makes one job, and is no replay',
  async (when) => {
    for (const key of [undefined, freshKey()]) {
      const orgId = await anOrganization(bench.db);
      const engine = bench.engine({ url: proxy.url });
      proxy.cutNextCommit(when);

      const { jobId, replayed } = await submitJob(
        engine,
        submission({ orgId, ...(key === undefined ? {} : withKey(key, {})) }),
      );

      expect(replayed).toBe(false);
      expect(await jobCount(orgId)).toBe(1);
      expect(await tasksOf(bench.db, jobId)).toHaveLength(1);
    }
  },
);

test('a submission that its server ends or refuses for a moment is made all the same', async () => {
  for (const code of ['57P01', '40001', '40P01', '55P03']) {
    const given = submission();
    let failures = 1;
    given.kind = {
      ...given.kind,
      accept: async (trx) => {
        if (failures-- > 0) await raise(trx, code);
      },
    };
    const { jobId } = await submitJob(bench.engine(), given);
    expect(await tasksOf(bench.db, jobId)).toHaveLength(1);
  }
});

test('a COMMIT that was still under way when it was looked up makes one job', async () => {
  for (const key of [undefined, freshKey()]) {
    const orgId = await anOrganization(bench.db);
    const given = submission({ orgId, ...(key === undefined ? {} : withKey(key, {})) });
    const { kind } = given;
    let first: Job | undefined;
    given.kind = {
      ...kind,
      async accept(trx, jobs) {
        if (first) return;
        // Its own transaction is lost to us, and another commits in its name a moment later.
        const { rows } = await sql<Job>`select * from jobs where id = ${jobs[0]?.id}`.execute(trx);
        first = rows[0]!;
        late = first;
        throw Object.assign(new Error('lost'), { code: 'EPIPE' });
      },
    };
    let late: Job | undefined;
    const engine = bench.engine();
    const lookUp = engine.db.selectFrom.bind(engine.db);
    Object.defineProperty(engine.db, 'selectFrom', {
      value: (table: 'jobs') => {
        const query = lookUp(table);
        const execute = query.select('id').where('id', '=', first!.id);
        return {
          select: () => ({
            where: () => ({
              executeTakeFirst: async () => {
                const seen = await execute.executeTakeFirst();
                if (late) await commitInItsName(late, key);
                late = undefined;
                return seen;
              },
            }),
          }),
        };
      },
    });

    expect(await submitJob(engine, given)).toEqual({ jobId: first!.id, replayed: false });
    expect(await jobCount(orgId)).toBe(1);
  }
});

async function commitInItsName(job: Job, key: string | undefined): Promise<void> {
  const { created_at: _, ...row } = job;
  await bench.db
    .insertInto('jobs')
    .values({ ...row, input: '{}' })
    .execute();
  if (key === undefined) return;
  const { createHash } = await import('node:crypto');
  await bench.db
    .insertInto('idempotency_keys')
    .values({
      org_id: job.org_id,
      route: 'POST /jobs',
      key,
      body_hash: createHash('sha256').update('{}').digest(),
      job_id: job.id,
      status: null,
      body: null,
    })
    .execute();
}

test('when nobody can say what became of a job, nothing is promised', async () => {
  const engine = bench.engine({ url: proxy.url });
  proxy.setDown(true);
  await expect(submitJob(engine, submission())).rejects.toMatchObject({ code: 'unavailable' });
  proxy.setDown(false);
});

test('any number of requests at once with one key make one job', async () => {
  const engines = [bench.engine(), bench.engine()] as const;
  for (let round = 0; round < 5; round += 1) {
    const orgId = await anOrganization(bench.db);
    const key = freshKey();
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        submitJob(engines[n % 2]!, submission({ orgId, ...withKey(key, { n: 1 }) })),
      ),
    );
    expect(new Set(all.map((each) => each.jobId)).size).toBe(1);
    expect(all.filter((each) => !each.replayed)).toHaveLength(1);
    expect(await jobCount(orgId)).toBe(1);
  }
});

test('neither spacing nor the order of members makes a body another', async () => {
  const key = freshKey();
  const engine = bench.engine();
  const one = JSON.parse('{"a":1,"b":{"x":[1,2],"y":null}}');
  const same = JSON.parse('{ "b": {"y":null,  "x":[1, 2]}, "a":1 }');
  const first = await submitJob(engine, submission(withKey(key, one)));
  expect(await submitJob(engine, submission(withKey(key, same)))).toEqual({
    jobId: first.jobId,
    replayed: true,
  });
});

test.each([
  ['another value', { a: [1, 3] }],
  ['another order of items', { a: [2, 1] }],
  ['one member more', { a: [1, 2], b: null }],
  ['another type', { a: ['1', 2] }],
])('a key reused with another body (%s) is refused, and makes no job', async (_, other) => {
  const orgId = await anOrganization(bench.db);
  const key = freshKey();
  const engine = bench.engine();
  await submitJob(engine, submission({ orgId, ...withKey(key, { a: [1, 2] }) }));
  await expect(
    submitJob(engine, submission({ orgId, ...withKey(key, other) })),
  ).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  expect(await jobCount(orgId)).toBe(1);
});

test('a key belongs to its organization and its route', async () => {
  const key = freshKey();
  const engine = bench.engine();
  const other = await anOrganization(bench.db);
  const made = await Promise.all([
    submitJob(engine, submission(withKey(key, {}))),
    submitJob(engine, submission(withKey(key, {}, 'POST /other'))),
    submitJob(engine, submission({ orgId: other, ...withKey(key, {}) })),
  ]);
  expect(new Set(made.map((each) => each.jobId)).size).toBe(3);
});

test('a key older than 30 days is new, pruned or not; a younger one is kept', async () => {
  const engine = bench.engine();
  const age = (key: string, days: number) =>
    sql`update idempotency_keys set created_at = now() - make_interval(days => ${days})
      where key = ${key}`.execute(bench.db);
  for (const prune of [false, true]) {
    const key = freshKey();
    const first = await submitJob(engine, submission(withKey(key, { a: 1 })));
    await age(key, 29);
    if (prune) await pruneIdempotencyKeys(bench.db);
    expect(await submitJob(engine, submission(withKey(key, { a: 1 })))).toEqual({
      jobId: first.jobId,
      replayed: true,
    });

    await age(key, 31);
    if (prune) await pruneIdempotencyKeys(bench.db);
    const second = await submitJob(engine, submission(withKey(key, { a: 2 })));
    expect(second).toMatchObject({ replayed: false });
    expect(second.jobId).not.toBe(first.jobId);
  }
});

test('work that makes no job is done once per key, and its answer repeated', async () => {
  const claim = { orgId: bench.orgId, route: 'POST /x', key: freshKey(), body: { a: 1 } };
  let runs = 0;
  const once = () =>
    answerOnce(bench.engine().db, claim, async () => ({ status: 201, body: { run: (runs += 1) } }));
  const answers = await Promise.all([once(), once(), once()]);
  expect(answers.map((each) => each.body)).toEqual([{ run: 1 }, { run: 1 }, { run: 1 }]);
  expect(answers.filter((each) => !each.replayed)).toHaveLength(1);
});

test('work that fails keeps no key', async () => {
  const claim = { orgId: bench.orgId, route: 'POST /x', key: freshKey(), body: {} };
  const failing = answerOnce(bench.db, claim, async () => {
    throw new Error('failed');
  });
  await expect(failing).rejects.toThrow('failed');
  const answer = await answerOnce(bench.db, claim, async () => ({ status: 200, body: null }));
  expect(answer).toEqual({ status: 200, body: null, replayed: false });
});
