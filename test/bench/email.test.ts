import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { measureBareLoop } from './email/measure-bare-loop.ts';
import { measureUsher, type EmailVenue } from './email/measure-usher.ts';

const SIZE = { submissions: 6, websites: 3, warmUp: 2 };

let redis: TestRedis;
let venue: EmailVenue;
beforeAll(async () => {
  redis = await startRedis();
  venue = { createDatabase: createTestDatabase, redis };
});
afterAll(() => redis.stop());

test.each(['redis', 'postgres'] as const)(
  'on %s everybody who is invited gets one email, and every row is written',
  async (backend) => {
    expect(await measureUsher(venue, backend, SIZE)).toMatchObject({ submissions: 6 });
  },
);

test('the bare loop writes the same rows, and as many emails', async () => {
  expect(await measureBareLoop(venue, SIZE)).toMatchObject({ submissions: 6 });
});
