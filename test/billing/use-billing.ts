import { createBillingProvider } from '@usher/billing';
import { createDatabase, createNotifier, type Database } from '@usher/db';
import { createGroup, createOrganization, createWebsites } from '@usher/directory';
import {
  createCompanions,
  createTurnstile,
  DISPATCH_CHANNEL,
  PROGRESS_CHANNEL,
  runTask,
  submitJob,
  type Engine,
  type Failpoint,
} from '@usher/jobs';
import { jobKinds, reconcileBilling, type BillingProvider, type BillingReport } from '@usher/kinds';
import { createLogger } from '@usher/telemetry';
import { sql, type Kysely } from 'kysely';
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { startFakeBilling } from '../support/fake-billing/start-fake-billing.ts';

export type ProviderName = 'stripe' | 'lago';

const never = new AbortController().signal;

/** One database for all tests of a file, without groups at the start of each; call it at the top level. */
export function useBillingDatabase() {
  const use = {} as { db: Kysely<Database>; url: string };
  let close = async (): Promise<void> => undefined;
  beforeAll(async () => {
    const { url, drop } = await createTestDatabase();
    const db = createDatabase({ url, application: 'billing-test' });
    Object.assign(use, { db, url });
    close = async () => {
      await db.destroy();
      await drop();
    };
  });
  afterAll(() => close());
  beforeEach(async () => {
    for (const table of ['tasks', 'billing_entities', 'groups'] as const) {
      await use.db.deleteFrom(table).execute();
    }
  });
  return (name: ProviderName) => useBilling(use.db, name);
}

/** An organization, a fake upstream that closes when the test ends, and an engine. */
async function useBilling(db: Kysely<Database>, name: ProviderName) {
  const fake = await startFakeBilling();
  onTestFinished(() => fake.close());
  const { apiKey } = fake;
  const provider =
    name === 'stripe'
      ? createBillingProvider({ provider: 'stripe', apiKey, apiBase: fake.stripeBase })
      : createBillingProvider({ provider: 'lago', apiKey, apiUrl: fake.lagoUrl });
  const { id: orgId } = await createOrganization(db, { name: 'Acme' });
  const websites = await createWebsites(db, orgId, [{ url: 'acme.example' }]);
  const kinds = jobKinds({ invitationTtlHours: 1, billing: provider, retryBaseMs: 1 });
  const logger = createLogger({ service: 'test', level: 'silent' });
  const unsaid = (error: Error) => logger.warn({ error });

  const engineWith = (failpoint: Failpoint): Engine => ({
    db,
    kinds,
    logger,
    progress: createNotifier(db, PROGRESS_CHANNEL, unsaid),
    wake: createNotifier(db, DISPATCH_CHANNEL, unsaid),
    retry: { baseMs: 1, attempts: 6 },
    turnstile: createTurnstile(),
    companions: createCompanions(),
    stopping: never,
    failpoint,
  });
  const engine = engineWith(() => undefined);

  const aGroup = async (groupName = 'Sales', billingEnabled = false) => {
    const websiteIds = websites.map(({ id }) => id);
    return (await createGroup(db, orgId, { name: groupName, websiteIds, billingEnabled })).id;
  };
  const submit = async (groupId: string, startAt?: Date) => {
    const input = { notify_email: null, create: null, change: null };
    const kind = kinds['billing-provisioning'];
    const targetIds = [groupId];
    await submitJob(engine, { orgId, apiKeyId: null, kind, input, targetIds, startAt });
  };
  /** Run what is there, as a worker would. */
  const work = async (by: Engine = engine) => {
    for (const { id } of await tasks()) await runTask(by, { taskId: id, redelivered: false });
  };
  const tasks = () => db.selectFrom('tasks').selectAll().execute();
  const provision = async (groupId: string) => {
    await submit(groupId);
    await work();
  };

  return {
    db,
    fake,
    provider,
    orgId,
    engine,
    engineWith,
    aGroup,
    submit,
    work,
    tasks,
    provision,
    async provisioned(groupName = 'Sales') {
      const groupId = await aGroup(groupName);
      await provision(groupId);
      return groupId;
    },
    /** An entity upstream as we would have made it. */
    plant: (groupId: string, { org = orgId, entityName = 'Sales' } = {}) =>
      fake.plant({
        provider: name,
        groupId,
        name: entityName,
        metadata: { usher_group_id: groupId, usher_org_id: org },
      }),
    reconcile: (
      repair = false,
      { by = provider, signal = never }: { by?: BillingProvider; signal?: AbortSignal } = {},
    ): Promise<BillingReport> => reconcileBilling(engine, by, { repair, signal }),
    record: (groupId: string) =>
      db
        .selectFrom('billing_entities')
        .select(['state', 'epoch', 'upstream_id', sql<string>`xmin::text`.as('xmin')])
        .where('group_id', '=', groupId)
        .executeTakeFirst(),
  };
}
