import { prepared, type Database, type Sending, type Task } from '@usher/db';
import type { Call, NotYet, OutsideKind, Verdict } from '@usher/jobs';
import { sql, type Kysely } from 'kysely';
import { BILLING_REPORT } from '../billing/kind.ts';
import { composeBillingReport } from './compose-billing-report.ts';
import { composeEndpointDisabled, ENDPOINT_DISABLED } from './compose-endpoint-disabled.ts';
import { composeInvitations } from './compose-invitation.ts';
import { EMAIL } from './decide-sending.ts';
import { nextAttempt } from './email-schedule.ts';
import type { EmailContent, Mailer, SendResult } from './mailer.ts';

export interface EmailOptions {
  mailer: Mailer;
  /** After an attempt that may have succeeded: send again (same Message-ID), or leave it `unknown`. */
  ambiguity: 'resend' | 'hold';
  retryBaseMs: number;
  acceptUrl: (invitationId: string) => string;
  jobUrl: (jobId: string) => string;
  endpointUrl: (endpointId: string) => string;
}

/** How soon to look again when no connection was free in time. */
const BUSY_MS = 1_000;
const INVITATION = 'invitation';
const SENDING_COLUMNS = sql.join(
  [
    'id',
    'org_id',
    'job_id',
    'purpose',
    'subject_id',
    'number',
    'state',
    'recipient',
    'message_id',
    'attempts',
    'ambiguities',
    'last_code',
    'last_message',
    'created_at',
    'sent_at',
  ].map((column) => sql.ref(`sendings.${column}`)),
);

/** Carrying out a sending: one email, over SMTP, under a lease. */
export function emailKind(options: EmailOptions): OutsideKind {
  async function prepareAll(
    db: Kysely<Database>,
    tasks: readonly Task[],
  ): Promise<Array<Call | Verdict>> {
    const sendings = await readSendings(db, tasks);
    const contents = await compose(db, sendings, options);
    return tasks.map((task, at) => {
      const [sending, content] = [sendings[at] as Sending, contents[at]];
      if (!content) return nothingToSay;
      const email = { to: sending.recipient, messageId: sending.message_id, content };
      return async (signal) => verdictOn(await options.mailer.send(email, signal), task, options);
    });
  }

  return {
    effect: 'outside',
    name: EMAIL,

    prepare: async (db, task) => (await prepareAll(db, [task]))[0] as Call | Verdict,
    prepareAll,

    async takeOver(trx, task) {
      if (options.ambiguity === 'hold') return 'stop';
      await sql`update sendings set ambiguities = ambiguities + 1
        where org_id = ${task.org_id} and id = ${task.subject_id}`.execute(trx);
      return 'tryAgain';
    },

    async record(trx, task, verdict) {
      const state = stateAfter(verdict);
      // A refusal says nothing of an earlier copy that was never answered.
      await sql`
        update sendings set
          state = case when ${state} = 'failed' and ambiguities > 0 then 'unknown' else ${state} end,
          sent_at = ${verdict.kind === 'done' ? sql`now()` : null},
          attempts = ${task.attempts},
          ambiguities = ambiguities + ${verdict.kind !== 'done' && verdict.ambiguous ? 1 : 0},
          last_code = ${verdict.kind === 'done' ? null : verdict.code},
          last_message = ${verdict.kind === 'done' ? verdict.note : verdict.message}
        where org_id = ${task.org_id} and id = ${task.subject_id}`.execute(trx);
    },

    recording: (all) => sql`recorded as (
      update sendings set state = 'sent', sent_at = now(), attempts = done.attempts,
        last_code = null, last_message = done.note
      from taken join unnest(${all.map(({ task }) => task.id)}::uuid[],
        ${all.map(({ task }) => task.org_id)}::uuid[],
        ${all.map(({ task }) => task.subject_id)}::uuid[],
        ${all.map(({ task }) => task.attempts)}::int[],
        ${all.map(({ verdict }) => verdict.note)}::text[]
      ) as done (task_id, org_id, id, attempts, note) on done.task_id = taken.id
      where sendings.org_id = done.org_id and sendings.id = done.id)`,
  };
}

/** In the order of their tasks. */
async function readSendings(db: Kysely<Database>, tasks: readonly Task[]): Promise<Sending[]> {
  const { rows } = await sql<Sending>`${prepared}
    select ${SENDING_COLUMNS} from sendings
    join unnest(${tasks.map(({ org_id }) => org_id)}::uuid[],
      ${tasks.map(({ subject_id }) => subject_id)}::uuid[]) as wanted (org_id, id)
      using (org_id, id)`.execute(db);
  const byId = new Map(rows.map((sending) => [sending.id, sending]));
  return tasks.map(({ subject_id }) => {
    const sending = byId.get(subject_id as string);
    if (!sending) throw new Error(`there is no sending ${subject_id}`);
    return sending;
  });
}

/** What the emails say now; null where there is nothing to say any more. */
async function compose(
  db: Kysely<Database>,
  sendings: readonly Sending[],
  options: EmailOptions,
): Promise<Array<EmailContent | null>> {
  const invitations = sendings.filter(({ purpose }) => purpose === INVITATION);
  const invited = await composeInvitations(db, invitations, options.acceptUrl);
  const contents: Array<EmailContent | null> = [];
  for (const sending of sendings) {
    contents.push(
      sending.purpose === INVITATION
        ? (invited[invitations.indexOf(sending)] ?? null)
        : await composeOther(db, sending, options),
    );
  }
  return contents;
}

async function composeOther(
  db: Kysely<Database>,
  sending: Sending,
  { jobUrl, endpointUrl }: EmailOptions,
): Promise<EmailContent | null> {
  switch (sending.purpose) {
    case BILLING_REPORT:
      return composeBillingReport(db, sending, jobUrl);
    case ENDPOINT_DISABLED:
      return composeEndpointDisabled(db, sending, endpointUrl);
    default:
      throw new Error(`no email for the purpose ${sending.purpose}: is this worker too old?`);
  }
}

const nothingToSay: Verdict = {
  kind: 'giveUp',
  code: 'nothing_pending',
  message: 'Nothing was pending any more when the email was due',
  ambiguous: false,
};

function stateAfter(verdict: Verdict): Sending['state'] {
  if (verdict.kind === 'done') return 'sent';
  if (verdict.kind === 'retryAt') return 'pending';
  return verdict.ambiguous ? 'unknown' : 'failed';
}

function verdictOn(result: SendResult, task: Task, options: EmailOptions): Verdict | NotYet {
  if (result.kind === 'busy') return { kind: 'notYet', delayMs: BUSY_MS };
  if (result.kind === 'accepted') return { kind: 'done', note: result.response };
  const ambiguous = result.kind === 'unanswered';
  const failure = {
    code: ambiguous ? 'unanswered' : result.code,
    message: result.message,
    ambiguous,
  };
  const delayMs = nextAttempt(task.attempts, options.retryBaseMs);
  const final =
    delayMs === undefined ||
    (ambiguous ? options.ambiguity === 'hold' : result.kind === 'rejected' && result.permanent);
  if (final) return { kind: 'giveUp', ...failure };
  const asked = result.kind === 'rejected' ? (result.retryAfterMs ?? 0) : 0;
  return { kind: 'retryAt', delayMs: Math.max(delayMs, asked), ...failure };
}
