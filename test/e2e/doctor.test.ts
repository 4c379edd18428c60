import { randomBytes } from 'node:crypto';
import { SCHEMA_VERSION } from '@usher/db';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { startFakeBilling, type FakeBilling } from '../support/fake-billing/start-fake-billing.ts';
import { startOwnPostgres, type OwnPostgres } from '../support/own-postgres.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { runUsher } from '../support/run-usher.ts';
import { startSystem, type Part, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

interface Check {
  check: string;
  status: string;
  found: string;
  advice: string | null;
}

const SECRET_KEY = randomBytes(32).toString('hex');
const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };
const NOWHERE = '127.0.0.1:1';
const PASSWORD = 'hunter2';

let postgres: OwnPostgres;
let redis: TestRedis;
let billing: FakeBilling;
let system: System;
beforeAll(async () => {
  [postgres, redis, billing] = await Promise.all([
    startOwnPostgres(DURABLE),
    startRedis(),
    startFakeBilling(),
  ]);
  system = await startSystem({
    database: postgres,
    queueUrl: redis.url,
    environment: { SECRET_KEY },
  });
});
afterAll(async () => {
  await system.close();
  await redis.stop();
  await billing.close();
});

/** A configuration with nothing wrong. */
const right = () => ({
  DATABASE_URL: postgres.url,
  QUEUE_URL: redis.url,
  SMTP_URL: system.mail.url,
  PUBLIC_URL: (system.apis[0] as Part).url,
  SECRET_KEY,
  BILLING_PROVIDER: 'stripe',
  STRIPE_API_KEY: billing.apiKey,
  STRIPE_API_BASE: billing.stripeBase,
});

async function doctor(changed: Record<string, string> = {}) {
  const environment: Record<string, string> = { ...right(), ...changed };
  const { code, stdout, stderr } = await runUsher(['doctor', '--json'], { environment });
  expect(stderr).toBe('');
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Check[] };
  expect(code).toBe(ok ? 0 : 1);
  expect(ok).toBe(checks.every(({ status }) => status !== 'problem'));
  // What is not well says what to do, and nothing says a secret.
  expect(checks.filter(({ status, advice }) => (status === 'ok') !== (advice === null))).toEqual(
    [],
  );
  const { password } = new URL(environment.DATABASE_URL ?? '');
  for (const secret of [password, PASSWORD, SECRET_KEY, billing.apiKey]) {
    expect(stdout).not.toContain(secret);
  }
  const notWell = checks.filter(({ status }) => status !== 'ok');
  return { code, checks, notWell };
}

test('where everything is right, each part is named and nothing is to mend', async () => {
  const { code, checks, notWell } = await waitFor('a dispatcher leads', async () => {
    const found = await doctor();
    return found.code === 0 && found;
  });
  expect({ code, notWell }).toEqual({ code: 0, notWell: [] });
  expect(checks.map(({ check }) => check)).toEqual([
    'configuration',
    'secret key',
    'postgres',
    'durability',
    'autovacuum',
    'clock',
    'connections',
    'schema',
    'workers',
    'dispatcher',
    'queue',
    'public url',
    'email',
    'billing',
    'webhooks',
  ]);
  expect(system.mail.mails).toEqual([]);
  expect(billing.ledger.every(({ operation }) => operation === 'list')).toBe(true);
  const shown = await runUsher(['doctor'], { environment: right() });
  expect(shown.code).toBe(0);
  expect(shown.stdout).toMatch(/^ {2}ok +postgres +answers, version \d+/m);
  expect(shown.stdout).toMatch(/\n0 problems, 0 warnings\.\n$/);
});

test.each([
  ['Postgres is away', { DATABASE_URL: `postgres://u:${PASSWORD}@${NOWHERE}/usher` }, 'postgres'],
  ['the queue is away', { QUEUE_URL: `redis://:${PASSWORD}@${NOWHERE}` }, 'queue'],
  ['the mail server is away', { SMTP_URL: `smtp://u:${PASSWORD}@${NOWHERE}` }, 'email'],
  [
    'nothing answers at PUBLIC_URL',
    { PUBLIC_URL: `http://u:${PASSWORD}@${NOWHERE}` },
    'public url',
  ],
  ['the billing provider refuses the key', { STRIPE_API_KEY: 'sk_test_wrong' }, 'billing'],
  ['a variable cannot be read', { RETRY_ATTEMPTS: 'many' }, 'configuration'],
  ['a provider lacks its key', { BILLING_PROVIDER: 'lago' }, 'configuration'],
])('%s: that one part is a problem', async (_, changed, part) => {
  const { notWell } = await doctor(changed);
  expect(notWell.map(({ check, status }) => [check, status])).toEqual([[part, 'problem']]);
});

test('something else than the API at PUBLIC_URL is not taken for it', async () => {
  const { notWell } = await doctor({ PUBLIC_URL: (system.workers[0] as Part).url });
  expect(notWell).toMatchObject([{ check: 'public url', status: 'problem' }]);
  expect(notWell[0]?.found).toContain("not Usher's API");
});

test('a Redis that may drop messages is a problem, with what mends it', async () => {
  await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
  const { notWell } = await doctor();
  await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  expect(notWell).toMatchObject([{ check: 'queue', status: 'problem' }]);
  expect(notWell[0]?.found).toContain('allkeys-lru');
});

test('an older schema is a problem, and so is a queue without its own', async () => {
  const database = await createTestDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query('delete from usher_migrations where name = $1', [SCHEMA_VERSION]);
  await client.query('drop schema bullmq cascade');
  await client.end();
  const { checks } = await doctor({ DATABASE_URL: database.url, QUEUE_URL: '' });
  await database.drop();
  const mended = checks.filter(({ advice }) => advice === 'Run `usher migrate`');
  expect(mended.map(({ check, status }) => [check, status])).toEqual([
    ['schema', 'problem'],
    ['queue', 'problem'],
  ]);
});

test('a Postgres that forgets, never cleans up and has few connections is told so', async () => {
  const careless = await startOwnPostgres({ autovacuum: 'off', max_connections: '40' });
  const { notWell } = await doctor({ DATABASE_URL: careless.url, QUEUE_URL: '' });
  await careless.drop();
  expect(notWell.map(({ check, status }) => [check, status])).toEqual([
    ['durability', 'problem'],
    ['durability', 'problem'],
    ['durability', 'warning'],
    ['autovacuum', 'problem'],
    ['connections', 'problem'],
    ['workers', 'problem'],
  ]);
});

test('production takes no key that everybody knows, and no private addresses', async () => {
  const production = { NODE_ENV: 'production', EMAIL_FROM: 'usher@example.com' };
  const { notWell } = await doctor({
    ...production,
    SECRET_KEY: '0'.repeat(64),
    WEBHOOK_ALLOW_PRIVATE: 'true',
  });
  expect(notWell.map(({ check, status }) => [check, status])).toEqual([
    ['secret key', 'problem'],
    ['public url', 'warning'],
    ['email', 'warning'],
    ['webhooks', 'problem'],
  ]);
  const trial = await doctor({ SECRET_KEY: '', WEBHOOK_ALLOW_PRIVATE: 'true' });
  expect(trial.notWell).toMatchObject([{ check: 'secret key', status: 'warning' }]);
  expect(trial.code).toBe(0);
});

test('without a worker nothing is done, and that is a problem', async () => {
  await Promise.all(system.workers.map((worker) => worker.stop(30_000)));
  const { notWell } = await doctor();
  expect(notWell).toMatchObject([{ check: 'workers', status: 'problem' }]);
});
