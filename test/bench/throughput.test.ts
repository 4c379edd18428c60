import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import type { Contestant } from './throughput/contestant.ts';
import { contestants } from './throughput/contestants.ts';
import { measure } from './throughput/measure.ts';
import type { Size } from './throughput/workload.ts';

const SIZE = { submissions: 3, websites: 5 };
const WARM_UP = { submissions: 1, websites: 2 };

let redis: TestRedis;
const written = new Map<string, unknown>();

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

test.each(contestants)('$name writes every row of a small round', async (contestant) => {
  const database = await createTestDatabase();
  try {
    const venue = { databaseUrl: database.url, redis, postgresPid: undefined };
    const shaped = (size: Size) => contestant.shape?.(size) ?? size;
    const measured = await measure(contestant, venue, shaped(SIZE), shaped(WARM_UP));
    expect(measured).toMatchObject({ targets: 15, submissions: shaped(SIZE).submissions });
    expect(measured.targetsPerSecond).toBeCloseTo(15 / measured.seconds);
    written.set(contestant.name, await readRows(database.url));
  } finally {
    await database.drop();
  }
});

test('one large job has all targets of the round, up to what a job takes', () => {
  const [large] = contestants.filter(({ shape }) => shape);
  expect(large?.shape?.({ submissions: 1_000, websites: 50 })).toEqual({
    submissions: 5,
    websites: 10_000,
  });
  expect(large?.shape?.(SIZE)).toEqual({ submissions: 1, websites: 15 });
});

test('all contestants write the same memberships, outcomes and jobs', () => {
  const alike = contestants.filter(({ shape }) => !shape);
  const [first, ...others] = alike.map(({ name }) => written.get(name));
  // The warm-up's are among them.
  expect(first).toMatchObject({ outcomes: { length: 17 }, members: { length: 17 } });
  for (const other of others) expect(other).toEqual(first);
});

test('a contestant that writes less than it was given fails the bench', async () => {
  const database = await createTestDatabase();
  const idle: Contestant = {
    name: 'idle',
    about: 'writes nothing',
    share: 'whole',
    start: async () => ({
      processes: {},
      prepare: async () => {},
      submit: async () => [],
      broken: new Promise<never>(() => {}),
      stop: async () => {},
    }),
  };
  try {
    const venue = { databaseUrl: database.url, redis, postgresPid: undefined };
    const failed = measure(idle, venue, SIZE, WARM_UP);
    await expect(failed).rejects.toThrow('0 memberships were written, not 2');
  } finally {
    await database.drop();
  }
});

/** What was written, in words that do not depend on ids and times. */
async function readRows(databaseUrl: string) {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const members = await client.query(
      `select users.email, users.email_verified, websites.url, role
      from website_members join users on users.id = user_id join websites on websites.id = website_id
      order by users.org_id, email, url`,
    );
    const outcomes = await client.query(
      `select input ->> 'email' as email, outcomes.round, position, url, status, code, message,
        retryable, attempts, users.email as detail
      from outcomes join jobs on jobs.id = job_id join websites on websites.id = target_id
        left join users on users.id = (detail ->> 'user_id')::uuid
      order by outcomes.org_id, email, position`,
    );
    const jobs = await client.query(
      `select kind, input, cardinality(target_ids) as targets, round, total, remaining, succeeded,
        failed, canceled, started_at is not null as started, finished_at is not null as finished
      from jobs order by org_id, input ->> 'email'`,
    );
    return { members: members.rows, outcomes: outcomes.rows, jobs: jobs.rows };
  } finally {
    await client.end();
  }
}
