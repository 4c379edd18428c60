import { newId, prepared, type Database } from '@usher/db';
import {
  readResults,
  type Batch,
  type DatabaseKind,
  type JobHead,
  type ResultRows,
  type TaskDraft,
} from '@usher/jobs';
import { sql, type Transaction } from 'kysely';
import { decideRoundsEmails } from '../email/decide-sending.ts';
import { refuseWhileResent, withdrawEmails } from '../email/withdraw-emails.ts';
import { addMembers } from './add-members.ts';
import { addToOrganization } from './add-to-organization.ts';
import { inputOf } from './input.ts';
import { makeInvites } from './make-invites.ts';
import { verdicts } from './verdicts.ts';

export const BULK_INVITE = 'bulk-invite';

/**
 * Invite one address to many websites or groups, or to the organization itself: at once (`direct`), or
 * by one email that names whatever succeeded (`email`).
 */
export function bulkInvite(options: { invitationTtlHours: number }): DatabaseKind {
  /** Jobs of one method and one kind of target. */
  const invite = (trx: Transaction<Database>, batches: readonly Batch[]): Promise<ResultRows> => {
    const { method, target } = inputOf((batches[0] as Batch).job);
    if (method === 'email') return makeInvites(trx, target, batches, options.invitationTtlHours);
    return target === 'organization'
      ? addToOrganization(trx, batches)
      : addMembers(trx, target, batches);
  };
  return {
    effect: 'database',
    name: BULK_INVITE,

    describe(job) {
      const input = inputOf(job);
      return { idField: `${input.target}_id`, email: input.email };
    },

    // An invitation, its invites and its email.
    ownsRows: (input) => inputOf({ input }).method === 'email',

    async accept(trx, jobs) {
      const inputs = jobs.map(inputOf);
      await sql`${prepared}
        insert into invitations (id, org_id, job_id, email, first_name, last_name, remaining)
        select * from unnest(
          ${jobs.map(() => newId())}::uuid[],
          ${jobs.map(({ org_id }) => org_id)}::uuid[],
          ${jobs.map(({ id }) => id)}::uuid[],
          ${inputs.map(({ email }) => email)}::text[],
          ${inputs.map(({ first_name }) => first_name)}::text[],
          ${inputs.map(({ last_name }) => last_name)}::text[],
          ${jobs.map(({ total }) => total)}::int[])`.execute(trx);
    },

    run: async (trx, batch) => readResults(trx, await invite(trx, [batch])),

    together: {
      // Two jobs that invite one person do not meet in one process: the second finds what the first did.
      placeOf(job) {
        const { method, target, email } = inputOf(job);
        return { class: `${method} ${target}`, subject: `${job.org_id} ${email}` };
      },
      run: invite,
    },

    explain(constraint, job) {
      // The only rows that may vanish between our look and our write are the targets themselves.
      const gone =
        /^(website|group)_members_org_id_(website|group)_id_fkey$|^invites_org_id_(website|group)_id_fkey$/;
      return gone.test(constraint) ? verdicts.not_found(inputOf(job).target) : undefined;
    },

    async settle(trx, recorded) {
      const { rows } = await sql<{ job_id: string; remaining: number }>`${prepared}
        with locked as (
          select invitations.org_id, invitations.id, recorded.count
          from unnest(${recorded.map(({ job }) => job.id)}::uuid[],
            ${recorded.map(({ count }) => count)}::int[]) as recorded (job_id, count)
          join invitations on invitations.job_id = recorded.job_id
          order by invitations.id for no key update of invitations
        )
        update invitations set remaining = remaining - locked.count
        from locked where invitations.org_id = locked.org_id and invitations.id = locked.id
        returning job_id, remaining`.execute(trx);
      const remaining = new Map(rows.map((row) => [row.job_id, row.remaining]));
      return recorded.map(({ job }) => remaining.get(job.id) === 0);
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

/**
 * The last outcomes of these invitations are in: decide on the one email of each, if anything succeeded;
 * on one more only while there is something left to accept.
 */
async function announce(
  trx: Transaction<Database>,
  jobs: readonly JobHead[],
): Promise<TaskDraft[]> {
  const { rows } = await sql<{ id: string; job_id: string; email: string }>`${prepared}
    select id, job_id, email from invitations
    where job_id = any (${jobs.map(({ id }) => id)}::uuid[]) and exists (
      select 1 from outcomes
      where outcomes.job_id = invitations.job_id and outcomes.status = 'succeeded')
      and (
        not exists (select from sendings where purpose = 'invitation' and subject_id = invitations.id)
        or exists (select from invites where invitation_id = invitations.id
          and state = 'pending' and expires_at > now()))`.execute(trx);
  const byJob = new Map(rows.map((invitation) => [invitation.job_id, invitation]));
  const sendings = jobs.flatMap((job) => {
    const invitation = byJob.get(job.id);
    return invitation === undefined
      ? []
      : {
          orgId: job.org_id,
          jobId: job.id,
          purpose: 'invitation',
          subjectId: invitation.id,
          recipient: invitation.email,
          again: job.resend_email,
        };
  });
  return sendings.length > 0 ? decideRoundsEmails(trx, sendings) : [];
}
