import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { startFakeBilling } from '../support/fake-billing/start-fake-billing.ts';
import { startSystem, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

/** `USHER_PROVISIONINGS=2000` takes some minutes. */
const GROUPS = Number(process.env.USHER_PROVISIONINGS ?? 60);
const PER_JOB = 100;
const CONCURRENCY = 4;
const KILLS = Math.max(2, Math.round(GROUPS / 200));
const LIMIT_MS = 60_000 + GROUPS * 400;

const CHANCES = {
  '500': 0.03,
  '500-after': 0.03,
  '503': 0.04,
  '429': 0.01,
  'reset-after': 0.04,
  'wrong-json': 0.03,
  slow: 0.1,
} as const;

test.each([{ honoursKeys: true }, { honoursKeys: false }])(
  'provisionings under faults, with workers killed: never two entities of a group (keys honoured: $honoursKeys)',
  async ({ honoursKeys }) => {
    const fake = await startFakeBilling({ chances: CHANCES, seed: 11, honoursKeys, slowMs: 100 });
    onTestFinished(() => fake.close());
    const system = await startSystem({
      workers: 3,
      websites: 1,
      environment: {
        BILLING_PROVIDER: 'stripe',
        STRIPE_API_KEY: fake.apiKey,
        STRIPE_API_BASE: fake.stripeBase,
        BILLING_CONCURRENCY: String(CONCURRENCY),
        RETRY_BASE_MS: '50',
        LOG_LEVEL: 'warn',
      },
    });
    onTestFinished(() => system.close());
    const groupIds = await plantGroups(system);
    for (let at = 0; at < GROUPS; at += PER_JOB) {
      const answer = await system.call('POST', '/api/v1/jobs', {
        body: { kind: 'billing-provisioning', group_ids: groupIds.slice(at, at + PER_JOB) },
      });
      expect(answer.status).toBe(202);
    }
    const done = () => count(system, sql`select count(*)::int as count from outcomes`);
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const share = (GROUPS * kill) / (KILLS + 1);
      await waitFor(`${share} are done`, async () => (await done()) >= share, LIMIT_MS);
      const victim = system.workers.shift();
      process.kill(victim!.pid, 'SIGKILL');
      await victim!.exited;
      await system.startWorker();
    }
    await waitFor('all are done', async () => (await done()) === GROUPS, LIMIT_MS);

    const perGroup = [...fake.entitiesPerGroup().values()];
    const doubles = perGroup.filter((entities) => entities > 1).length;
    const failed = await count(
      system,
      sql`select count(*)::int as count from outcomes where status <> 'succeeded'`,
    );
    console.log(
      `${GROUPS} provisionings, ${KILLS} workers killed, keys honoured: ${honoursKeys}: ` +
        `${fake.ledger.length} calls, ${failed} failed, ${doubles} groups with two entities, ` +
        `at most ${fake.highestInFlight()} calls at once`,
    );
    expect(fake.highestInFlight()).toBeLessThanOrEqual(CONCURRENCY);
    if (honoursKeys) expect(doubles).toBe(0);
    const disagreeing = await count(
      system,
      sql`select count(*)::int as count from groups
        left join billing_entities as entity on entity.group_id = groups.id
        where groups.billing_enabled and entity.upstream_id is null`,
    );
    expect(disagreeing).toBe(0);
    const known = await sql<{ id: string; upstream_id: string }>`
      select group_id as id, upstream_id from billing_entities where state = 'provisioned'`.execute(
      system.db,
    );
    expect(known.rows).toHaveLength(GROUPS - failed);
    for (const { id, upstream_id } of known.rows) {
      expect(fake.entities(id).map((entity) => entity.id)).toContain(upstream_id);
    }
  },
  LIMIT_MS * 3,
);

async function plantGroups({ db, tenant }: System): Promise<string[]> {
  const ids = Array.from({ length: GROUPS }, newId);
  await db
    .insertInto('groups')
    .values(ids.map((id, n) => ({ id, org_id: tenant.id, name: `Group ${n}` })))
    .execute();
  return ids;
}

async function count({ db }: System, query: ReturnType<typeof sql>): Promise<number> {
  const { rows } = await (query as ReturnType<typeof sql<{ count: number }>>).execute(db);
  return rows[0]?.count ?? 0;
}
