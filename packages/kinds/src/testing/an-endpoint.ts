import { newId } from '@usher/db';
import { createEndpoint, publishEvents, WEBHOOK } from '@usher/events';
import { runTask } from '@usher/jobs';
import { sql } from 'kysely';
import type { WebhookResult, WebhookSender } from '../webhook/sender.ts';
import type { Kinds } from './use-kinds.ts';

/** Between attempts, in milliseconds: three attempts in all. */
export const PAUSES = [5_000, 300_000];

type Webhook = Parameters<WebhookSender['prepare']>[0];
type Answer = Partial<WebhookResult> | ((webhook: Webhook) => Promise<Partial<WebhookResult>>);

/** An endpoint that answers so, in this order, and then takes everything. */
export async function anEndpoint(
  use: Kinds,
  answers: Answer[] = [],
  { inOrder = false, contact = '' } = {},
) {
  const orgId = newId();
  await use.db
    .insertInto('organizations')
    .values({ id: orgId, name: 'Acme', contact_email: contact || null })
    .execute();
  const { id } = await use.db.transaction().execute((trx) =>
    createEndpoint(trx, {
      orgId,
      url: 'https://hooks.example.com/usher',
      eventTypes: ['invitation.accepted'],
      inOrder,
      secret: 'whsec_test',
      seal: (secret) => Buffer.from(secret),
    }),
  );
  const sent: Webhook[] = [];
  const sender: WebhookSender = {
    prepare: (webhook) => async () => {
      sent.push(webhook);
      const answer = answers.shift() ?? {};
      const given = typeof answer === 'function' ? await answer(webhook) : answer;
      const delivered = { code: 'delivered', status: 204, message: null, response: null } as const;
      return { durationMs: 12, ...delivered, ...given };
    },
  };
  const engine = use.engine({ sender, pausesMs: PAUSES });
  const publish = async (count = 1) => {
    for (let n = 0; n < count; n += 1) {
      await use.db
        .transaction()
        .execute((trx) =>
          publishEvents(trx, [{ orgId, type: 'invitation.accepted', data: { n } }]),
        );
    }
  };
  const tasks = () =>
    use.db
      .selectFrom('tasks')
      .selectAll()
      .where('org_id', '=', orgId)
      .where('kind', '=', WEBHOOK)
      .orderBy('due_at')
      .orderBy('id')
      .execute();
  return {
    id,
    orgId,
    sent,
    engine,
    publish,
    tasks,
    deliveries: () =>
      use.db
        .selectFrom('deliveries')
        .selectAll()
        .where('org_id', '=', orgId)
        .orderBy('id')
        .execute(),
    log: () =>
      use.db
        .selectFrom('delivery_attempts')
        .selectAll()
        .where('org_id', '=', orgId)
        .orderBy('number')
        .execute(),
    row: () =>
      use.db
        .selectFrom('webhook_endpoints')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirstOrThrow(),
    async gate() {
      const { rows } = await sql<{ failures: number; closedMs: number | null }>`
        select failures, (extract(epoch from closed_until - now()) * 1000)::float8 as "closedMs"
        from gates where name = ${`webhook:${id}`}`.execute(use.db);
      return rows[0]!;
    },
    /** Everything that waits now, once, in the order in which it is due. */
    async run() {
      for (const task of await tasks())
        await runTask(engine, { taskId: task.id, redelivered: false });
    },
  };
}

export const REFUSED = {
  code: 'refused',
  status: 500,
  message: 'HTTP 500',
  response: 'oops',
} as const;
