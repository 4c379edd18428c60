import type { Database, Sending, Task } from '@usher/db';
import type { OutsideKind, Verdict } from '@usher/jobs';
import { sql, type Kysely } from 'kysely';
import { BILLING_REPORT } from '../billing/kind.ts';
import { composeBillingReport } from './compose-billing-report.ts';
import { composeEndpointDisabled, ENDPOINT_DISABLED } from './compose-endpoint-disabled.ts';
import { composeInvitation } from './compose-invitation.ts';
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

/** Carrying out a sending: one email, over SMTP, under a lease. */
export function emailKind(options: EmailOptions): OutsideKind {
  return {
    effect: 'outside',
    name: EMAIL,

    async prepare(db, task) {
      const sending = await db
        .selectFrom('sendings')
        .selectAll()
        .where('org_id', '=', task.org_id)
        .where('id', '=', task.subject_id as string)
        .executeTakeFirstOrThrow();
      const content = await compose(db, sending, options);
      if (!content) return nothingToSay;
      const email = { to: sending.recipient, messageId: sending.message_id, content };
      return async (signal) => verdictOn(await options.mailer.send(email, signal), task, options);
    },

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
  };
}

/** What the email says now; null where there is nothing to say any more. */
async function compose(
  db: Kysely<Database>,
  sending: Sending,
  { acceptUrl, jobUrl, endpointUrl }: EmailOptions,
): Promise<EmailContent | null> {
  switch (sending.purpose) {
    case 'invitation':
      return composeInvitation(db, sending, acceptUrl);
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

function verdictOn(result: SendResult, task: Task, options: EmailOptions): Verdict {
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
