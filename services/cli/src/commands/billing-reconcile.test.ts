import { createDatabase, newId, type Database } from '@usher/db';
import { createGroup, createOrganization, createWebsites, deleteGroup } from '@usher/directory';
import type { Kysely } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createTestDatabase } from '../../../../test/support/database.ts';
import {
  startFakeBilling,
  type FakeBilling,
} from '../../../../test/support/fake-billing/start-fake-billing.ts';
import { runCommand } from '../testing/run-command.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Kysely<Database>;
let fake: FakeBilling;
let orgId: string;
let groupId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase({ url: database.url, application: 'cli-test', poolSize: 2 });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(async () => {
  fake = await startFakeBilling();
  await db.deleteFrom('billing_entities').execute();
  await db.deleteFrom('groups').execute();
  ({ id: orgId } = await createOrganization(db, { name: 'Acme' }));
  const [website] = await createWebsites(db, orgId, [{ url: 'acme.example' }]);
  const wanted = { name: 'Sales', websiteIds: [website?.id ?? ''], billingEnabled: true };
  ({ id: groupId } = await createGroup(db, orgId, wanted));
});
afterEach(() => fake.close());

/** The exit code is that of the process, unless the command failed. */
async function reconcile(args: string[] = [], environment: Record<string, string> = {}) {
  const given = {
    BILLING_PROVIDER: 'stripe',
    STRIPE_API_KEY: fake.apiKey,
    STRIPE_API_BASE: fake.stripeBase,
    ...environment,
  };
  for (const [name, value] of Object.entries(given)) vi.stubEnv(name, value);
  const before = process.exitCode;
  process.exitCode = undefined;
  const command = ['billing', 'reconcile', ...args];
  const result = await runCommand(command, { DATABASE_URL: database.url });
  const code = process.exitCode ?? result.code;
  process.exitCode = before;
  return { ...result, code };
}

const plant = (group: string) =>
  fake.plant({
    provider: 'stripe',
    groupId: group,
    name: 'Sales',
    metadata: { usher_group_id: group, usher_org_id: orgId },
  });

test('what differs is one JSON document and exit code 3, and changes nothing', async () => {
  const { code, stdout, stderr } = await reconcile(['--json']);
  expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    provider: 'stripe',
    checked: { groups: 1, entities: 0 },
    differences: [
      {
        type: 'missing',
        group_id: groupId,
        org_id: orgId,
        upstream_id: null,
        detail: 'Billing is enabled, and the group has no entity',
        repaired: false,
      },
    ],
  });
  expect(await db.selectFrom('jobs').select('id').execute()).toEqual([]);
});

test('exit code 0 says that all was repaired, or that nothing differs', async () => {
  const { id } = plant(groupId);
  const repaired = await reconcile(['--repair', '--json']);
  expect(repaired).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(repaired.stdout).differences).toMatchObject([
    { type: 'orphaned', upstream_id: id, repaired: true },
  ]);
  expect(await reconcile()).toEqual({
    code: 0,
    stdout: 'Nothing differs: 1 groups here, 1 entities at stripe.\n',
    stderr: '',
  });
});

test('the entity of a group that was deleted is orphaned, and stays', async () => {
  const entity = plant(groupId);
  expect((await reconcile(['--repair'])).code).toBe(0);
  await deleteGroup(db, orgId, groupId);
  const { code, stdout } = await reconcile(['--repair', '--json']);
  expect(code).toBe(3);
  expect(JSON.parse(stdout).differences).toEqual([
    {
      type: 'orphaned',
      group_id: groupId,
      org_id: orgId,
      upstream_id: entity.id,
      detail: 'There is no such group',
      repaired: false,
    },
  ]);
  expect(fake.entities()).toEqual([entity]);
});

test('a missing entity is given to a job, and what cannot be repaired is exit code 3', async () => {
  const orphan = plant(newId());
  const { code, stdout } = await reconcile(['--repair', '--json']);
  expect(code).toBe(3);
  expect(
    JSON.parse(stdout).differences.map((each: { type: string; repaired: boolean }) => [
      each.type,
      each.repaired,
    ]),
  ).toEqual([
    ['orphaned', false],
    ['missing', true],
  ]);
  const job = await db
    .selectFrom('jobs')
    .select(['kind', 'org_id', 'target_ids'])
    .executeTakeFirstOrThrow();
  expect(job).toEqual({ kind: 'billing-provisioning', org_id: orgId, target_ids: [groupId] });
  expect(fake.entities()).toEqual([orphan]);
});

test('people read a table, in which what others wrote has no control characters', async () => {
  plant('\u001b[2Jgroup');
  const { code, stdout } = await reconcile();
  expect(code).toBe(3);
  expect(stdout).toMatch(/type +group +organization +upstream +repaired +what/);
  expect(stdout).toMatch(/missing +[\w-]{36} +[\w-]{36} +no +Billing is enabled/);
  expect(stdout).toMatch(/orphaned +�\[2Jgroup/);
  expect(stdout).toContain('2 differences, 0 repaired: 1 groups here, 1 entities at stripe.');
  expect(stdout).toContain('Next: usher billing reconcile --repair\n');
});

test.each([
  [{ BILLING_PROVIDER: 'none' }, 2, 'There is no billing provider: BILLING_PROVIDER is none'],
  [{ STRIPE_API_KEY: '' }, 2, 'STRIPE_API_KEY is required with BILLING_PROVIDER=stripe'],
  [{ STRIPE_API_KEY: 'sk_test_wrong' }, 1, "Stripe's customers cannot be read: Invalid key"],
])('with %j it is one line on standard error, exit code %i', async (environment, exit, message) => {
  const { code, stdout, stderr } = await reconcile(['--json'], environment);
  expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
  expect(stderr).toMatch(/^usher: .+\n$/);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('sk_test_wrong');
});
