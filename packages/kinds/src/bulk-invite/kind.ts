import { newId, type Database } from '@usher/db';
import type { Batch, DatabaseKind, JobHead, TargetResult, TaskDraft } from '@usher/jobs';
import { sql, type Transaction } from 'kysely';
import { decideRoundsEmail } from '../email/decide-sending.ts';
import { refuseWhileResent, withdrawEmails } from '../email/withdraw-emails.ts';
import { addMembers } from './add-members.ts';
import { addToOrganization } from './add-to-organization.ts';
import { inputOf, type BulkInviteInput } from './input.ts';
import { makeInvites } from './make-invites.ts';
import { verdicts } from './verdicts.ts';

export const BULK_INVITE = 'bulk-invite';

/**
 * Invite one address to many websites or groups, or to the organization itself: at once (`direct`), or
 * by one email that names whatever succeeded (`email`).
 */
export function bulkInvite(options: { invitationTtlHours: number }): DatabaseKind {
  return {
    effect: 'database',
    name: BULK_INVITE,

    describe(job) {
      const input = inputOf(job);
      return { idField: `${input.target}_id`, email: input.email };
    },

    // An invitation, its invites and its email.
    ownsRows: (input) => inputOf({ input }).method === 'email',

    async accept(trx, job) {
      const input = inputOf(job);
      await trx
        .insertInto('invitations')
        .values({
          id: newId(),
          org_id: job.org_id,
          job_id: job.id,
          email: input.email,
          first_name: input.first_name,
          last_name: input.last_name,
          remaining: job.total,
        })
        .execute();
    },

    async run(trx, batch) {
      const { method, target } = inputOf(batch.job);
      if (method === 'email') return makeInvites(trx, batch, options.invitationTtlHours);
      return (await addDirectly(trx, target, [batch]))[0] ?? [];
    },

    together: {
      // Two jobs that add one person do so one after the other: the second finds a member.
      placeOf: (job) => ({
        class: inputOf(job).target,
        subject: `${job.org_id} ${inputOf(job).email}`,
      }),
      run: (trx, batches) => {
        const [first] = batches;
        return first ? addDirectly(trx, inputOf(first.job).target, batches) : Promise.resolve([]);
      },
    },

    explain(constraint, job) {
      // The only rows that may vanish between our look and our write are the targets themselves.
      const gone =
        /^(website|group)_members_org_id_(website|group)_id_fkey$|^invites_org_id_(website|group)_id_fkey$/;
      return gone.test(constraint) ? verdicts.not_found(inputOf(job).target) : undefined;
    },

    async settle(trx, job, recorded) {
      const { rows } = await sql<{ remaining: number }>`
        update invitations set remaining = remaining - ${recorded}
        where job_id = ${job.id} returning remaining`.execute(trx);
      return rows[0]?.remaining === 0;
    },

    async reopen(trx, job, count) {
      await withdrawEmails(trx, job.id);
      await sql`update invitations set remaining = remaining + ${count}
        where job_id = ${job.id}`.execute(trx);
      await refuseWhileResent(trx, job.id);
    },

    follow: announce,
  };
}

const addDirectly = (
  trx: Transaction<Database>,
  of: BulkInviteInput['target'],
  batches: readonly Batch[],
): Promise<TargetResult[][]> =>
  of === 'organization' ? addToOrganization(trx, batches) : addMembers(trx, of, batches);

/**
 * The last outcome of the invitation is in: decide on its one email, if anything succeeded; on one more
 * only while there is something left to accept.
 */
async function announce(trx: Transaction<Database>, job: JobHead): Promise<TaskDraft[]> {
  const { rows } = await sql<{ id: string; email: string }>`
    select id, email from invitations
    where job_id = ${job.id} and exists (
      select 1 from outcomes
      where outcomes.job_id = ${job.id} and outcomes.status = 'succeeded')
      and (
        not exists (select from sendings where purpose = 'invitation' and subject_id = invitations.id)
        or exists (select from invites where invitation_id = invitations.id
          and state = 'pending' and expires_at > now()))`.execute(trx);
  const drafts: TaskDraft[] = [];
  for (const invitation of rows) {
    drafts.push(
      ...(await decideRoundsEmail(trx, job, {
        orgId: job.org_id,
        jobId: job.id,
        purpose: 'invitation',
        subjectId: invitation.id,
        recipient: invitation.email,
      })),
    );
  }
  return drafts;
}
