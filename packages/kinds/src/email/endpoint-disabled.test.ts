import { newId } from '@usher/db';
import { createOrganization } from '@usher/directory';
import { runTask } from '@usher/jobs';
import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { useKinds } from '../testing/use-kinds.ts';
import { ENDPOINT_DISABLED } from './compose-endpoint-disabled.ts';
import { decideSending } from './decide-sending.ts';

const use = useKinds();
beforeEach(() => {
  use.emails = [];
  use.answers = [];
});

const DISABLED_AT = new Date('2026-03-03T14:05:00Z');
const FAILING_SINCE = new Date('2026-02-26T14:00:00Z');

async function aDisabledEndpoint(
  changes: { failing_since?: Date | null; disabled_reason?: string; org_id?: string } = {},
) {
  const id = newId();
  await use.db
    .insertInto('webhook_endpoints')
    .values({
      id,
      org_id: use.orgId,
      gate: `webhook:${id}`,
      url: 'https://hooks.acme.example/usher',
      event_types: ['job.completed'],
      failing_since: FAILING_SINCE,
      disabled_at: DISABLED_AT,
      disabled_reason: 'no delivery succeeded for 120 hours',
      disablings: 1,
      ...changes,
    })
    .execute();
  return id;
}

/** The decision to tell of an endpoint; nothing of it has run. */
function decideToTell(endpointId: string, number = 1) {
  return use.db.transaction().execute(async (trx) => {
    const drafts = await decideSending(trx, {
      orgId: use.orgId,
      jobId: null,
      purpose: ENDPOINT_DISABLED,
      subjectId: endpointId,
      recipient: 'ops@acme.example',
      number,
    });
    for (const draft of drafts) await trx.insertInto('tasks').values(draft).execute();
    return drafts.map(({ id }) => id);
  });
}

const run = (taskId: string | undefined) =>
  runTask(use.engine(), { taskId: taskId ?? '', redelivered: false });

const sendingsOf = (endpointId: string) =>
  use.db.selectFrom('sendings').selectAll().where('subject_id', '=', endpointId).execute();

test('the contact is told which endpoint was disabled, of whom, when, why and where to mend it', async () => {
  const endpointId = await aDisabledEndpoint();
  const [taskId] = await decideToTell(endpointId);
  await run(taskId);
  const [sending] = await sendingsOf(endpointId);
  expect(use.emails).toEqual([
    {
      to: 'ops@acme.example',
      messageId: sending?.message_id,
      content: {
        template: 'endpoint-disabled',
        organization: 'Acme',
        url: 'https://hooks.acme.example/usher',
        reason: 'no delivery succeeded for 120 hours',
        disabledAt: DISABLED_AT,
        failingSince: FAILING_SINCE,
        endpointUrl: `https://usher.test/webhook-endpoints/${endpointId}`,
      },
    },
  ]);
  expect(sending).toMatchObject({ state: 'sent', job_id: null, sent_at: expect.any(Date) });
  const left = await use.db.selectFrom('tasks').where('id', '=', taskId!).selectAll().execute();
  expect(left).toEqual([]);
});

test('one that failed once and for all has failed since no earlier time', async () => {
  const reason = 'it answered 410 Gone';
  const endpointId = await aDisabledEndpoint({ failing_since: null, disabled_reason: reason });
  const [taskId] = await decideToTell(endpointId);
  await run(taskId);
  expect(use.emails[0]?.content).toMatchObject({ reason, failingSince: null });
});

test('one disabling is told once, however often it is decided and delivered; the next is told again', async () => {
  const endpointId = await aDisabledEndpoint();
  const [taskId] = await decideToTell(endpointId);
  expect(await decideToTell(endpointId)).toEqual([]);
  await run(taskId);
  await run(taskId);
  expect(use.emails).toHaveLength(1);
  const [nextId] = await decideToTell(endpointId, 2);
  await run(nextId);
  expect(use.emails).toHaveLength(2);
  expect(new Set(use.emails.map(({ messageId }) => messageId)).size).toBe(2);
});

test.each([
  ['enabled again', sql`disabled_at = null, disabled_reason = null`],
  ['deleted', sql`deleted_at = now()`],
])('of an endpoint that was %s meanwhile nobody is told', async (_, change) => {
  const endpointId = await aDisabledEndpoint();
  const [taskId] = await decideToTell(endpointId);
  await sql`update webhook_endpoints set ${change} where id = ${endpointId}`.execute(use.db);
  await run(taskId);
  expect(use.emails).toEqual([]);
  expect(await sendingsOf(endpointId)).toMatchObject([
    { state: 'failed', last_code: 'nothing_pending', ambiguities: 0 },
  ]);
});

test('an endpoint of another organization is not told of', async () => {
  const other = await createOrganization(use.db, { name: 'Other' });
  const endpointId = await aDisabledEndpoint({ org_id: other.id });
  const [taskId] = await decideToTell(endpointId);
  await run(taskId);
  expect(use.emails).toEqual([]);
});
