import { newId, type Database } from '@usher/db';
import { createGroup, createOrganization, createWebsites } from '@usher/directory';
import { runTask, submitJob } from '@usher/jobs';
import type { Kysely } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import type { BillingInput } from '../billing/input.ts';
import type { BillingProvider, UpstreamEntity } from '../billing/provider.ts';
import { jobKinds } from '../registry.ts';
import { KIND_OPTIONS, outcomesOf, runJob, sendingOf, useKinds } from '../testing/use-kinds.ts';
import { composeBillingReport } from './compose-billing-report.ts';

const use = useKinds();
beforeEach(() => {
  use.emails = [];
  use.answers = [];
});

/** A provider that refuses these groups, each for its reason, and takes every other. */
function aProvider(refusals: Record<string, string> = {}): BillingProvider {
  const entities = new Map<string, UpstreamEntity>();
  return {
    name: 'test',
    find: async (groupId) => ({ kind: 'ok', value: entities.get(groupId) ?? null }),
    async create({ groupId, orgId }) {
      const reason = refusals[groupId];
      if (reason !== undefined) return { kind: 'rejected', reason };
      const entity = { id: `entity-${groupId}`, groupId, orgId, name: null };
      entities.set(groupId, entity);
      return { kind: 'ok', value: entity };
    },
    rename: async () => ({ kind: 'ok', value: null }),
    async *list() {
      yield [...entities.values()];
    },
  };
}

async function aGroup(name: string, orgId = use.orgId, websiteId = use.websiteIds[0]!) {
  const group = await createGroup(use.db, orgId, { name, websiteIds: [websiteId] });
  return group.id;
}

/** A submitted provisioning of these groups; nothing of it has run. */
async function aProvisioning(groupIds: string[], notify: string | null = 'ops@example.com') {
  const input: BillingInput = { notify_email: notify, change: null, create: null };
  const { jobId } = await submitJob(use.engine(), {
    orgId: use.orgId,
    apiKeyId: null,
    kind: jobKinds(KIND_OPTIONS)['billing-provisioning'],
    input,
    targetIds: groupIds,
  });
  return jobId;
}

const tasksOf = (jobId: string) =>
  use.db.selectFrom('tasks').selectAll().where('job_id', '=', jobId).execute();
const sendingsOf = (db: Kysely<Database>, jobId: string) =>
  db.selectFrom('sendings').selectAll().where('job_id', '=', jobId).execute();

test('a job of three groups sends one report, after its last outcome, with counts and reasons', async () => {
  const [sales, support] = [await aGroup('Sales'), await aGroup('Support')];
  const unknown = newId();
  const engine = use.engine({
    billing: aProvider({ [support]: 'This currency is not supported' }),
  });
  const jobId = await aProvisioning([sales, support, unknown]);
  const groupTasks = await tasksOf(jobId);
  expect(groupTasks).toHaveLength(3);

  for (const { id } of groupTasks) {
    expect(await sendingsOf(use.db, jobId)).toEqual([]);
    await runTask(engine, { taskId: id, redelivered: false });
  }
  expect(use.emails).toEqual([]);
  expect(await sendingOf(use.db, jobId)).toMatchObject({
    purpose: 'billing-report',
    subject_id: jobId,
    number: 1,
    state: 'pending',
  });

  await runJob(use, jobId, engine);
  expect(use.emails).toEqual([
    {
      to: 'ops@example.com',
      messageId: (await sendingOf(use.db, jobId)).message_id,
      content: {
        template: 'billing-report',
        organization: 'Acme',
        counts: { total: 3, succeeded: 1, failed: 2, canceled: 0 },
        failures: [
          { name: 'Support', reason: 'This currency is not supported' },
          { name: unknown, reason: 'Group not found' },
        ],
        moreFailures: 0,
        jobUrl: `https://usher.test/jobs/${jobId}`,
      },
    },
  ]);
  expect(await sendingOf(use.db, jobId)).toMatchObject({ state: 'sent' });
  expect(await tasksOf(jobId)).toEqual([]);
});

test.each([false, true])(
  'messages that arrive twice (redelivered: %s) send no second report',
  async (redelivered) => {
    const engine = use.engine({ billing: aProvider() });
    const jobId = await aProvisioning([await aGroup('Sales'), newId()]);
    const tasks = await tasksOf(jobId);
    await runJob(use, jobId, engine);
    tasks.push(...(await tasksOf(jobId)));
    await runJob(use, jobId, engine);
    expect(use.emails).toHaveLength(1);

    expect(tasks).toHaveLength(3);
    for (const { id } of tasks) await runTask(engine, { taskId: id, redelivered });
    expect(use.emails).toHaveLength(1);
    expect(await sendingsOf(use.db, jobId)).toHaveLength(1);
    expect(await outcomesOf(use.db, jobId)).toHaveLength(2);
  },
);

test('groups that end at the same moment decide on one report', async () => {
  const groupIds = await Promise.all(Array.from({ length: 8 }, (_, n) => aGroup(`Team ${n}`)));
  const engine = use.engine({ billing: aProvider() });
  const jobId = await aProvisioning(groupIds);
  const messages = (await tasksOf(jobId)).map(({ id }) => ({ taskId: id, redelivered: false }));
  await Promise.all([...messages, ...messages].map((message) => runTask(engine, message)));
  await runJob(use, jobId, engine);
  expect(use.emails).toHaveLength(1);
  expect(use.emails[0]!.content).toMatchObject({
    counts: { total: 8, succeeded: 8, failed: 0, canceled: 0 },
    failures: [],
  });
});

test('without a notify_email there is no report', async () => {
  const engine = use.engine({ billing: aProvider() });
  const jobId = await aProvisioning([await aGroup('Sales'), newId()], null);
  await runJob(use, jobId, engine);
  expect(await outcomesOf(use.db, jobId)).toHaveLength(2);
  expect(await tasksOf(jobId)).toEqual([]);
  expect(await sendingsOf(use.db, jobId)).toEqual([]);
  expect(use.emails).toEqual([]);
});

test('a group of another organization is called by the id that the request named, and nothing else', async () => {
  const other = await createOrganization(use.db, { name: 'Other' });
  const [website] = await createWebsites(use.db, other.id, [{ url: 'other.example' }]);
  const theirs = await aGroup('Their secret', other.id, website!.id);
  const engine = use.engine({ billing: aProvider() });
  const jobId = await aProvisioning([theirs]);
  await runJob(use, jobId, engine);
  await runJob(use, jobId, engine);
  expect(use.emails[0]!.content).toMatchObject({
    organization: 'Acme',
    failures: [{ name: theirs, reason: 'Group not found' }],
  });
  expect(JSON.stringify(use.emails)).not.toContain('Their secret');
});

test('the latest word on each group counts: 200 failures in request order, the others as a number', async () => {
  const jobId = newId();
  const total = 450;
  const groupIds = Array.from({ length: total }, () => newId());
  await use.db
    .insertInto('jobs')
    .values({
      id: jobId,
      org_id: use.orgId,
      kind: 'billing-provisioning',
      input: JSON.stringify({}),
      target_ids: groupIds,
      round: 2,
      total,
      remaining: 0,
      succeeded: 200,
      failed: 250,
      finished_at: new Date(),
    })
    .execute();
  // All fail in the first round; in the second, those at the first 200 positions succeed.
  const outcome = (round: number, position: number) => ({
    job_id: jobId,
    org_id: use.orgId,
    round,
    position,
    target_id: groupIds[position]!,
    status: round === 1 ? ('failed' as const) : ('succeeded' as const),
    code: round === 1 ? 'upstream_unavailable' : 'provisioned',
    message: `round ${round}`,
    attempts: 1,
  });
  const positions = groupIds.map((_, position) => position);
  await use.db
    .insertInto('outcomes')
    .values([
      ...positions.toReversed().map((position) => outcome(1, position)),
      ...positions.slice(0, 200).map((position) => outcome(2, position)),
    ])
    .execute();

  const sending = { org_id: use.orgId, subject_id: jobId };
  expect(await composeBillingReport(use.db, sending, (id) => `https://usher.test/${id}`)).toEqual({
    template: 'billing-report',
    organization: 'Acme',
    counts: { total, succeeded: 200, failed: 250, canceled: 0 },
    failures: groupIds.slice(200, 400).map((name) => ({ name, reason: 'round 1' })),
    moreFailures: 50,
    jobUrl: `https://usher.test/${jobId}`,
  });
});
