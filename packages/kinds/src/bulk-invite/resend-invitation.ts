import { PublicError, type InvitationResource } from '@usher/contracts';
import type { Database } from '@usher/db';
import { requireInvitation, type InvitationViewer } from '@usher/directory';
import { audit, NO_KEY, type Actor } from '@usher/events';
import { insertTasks, requireJobHead } from '@usher/jobs';
import { sql, type Transaction } from 'kysely';
import { decideSending, EMAIL } from '../email/decide-sending.ts';

const PURPOSE = 'invitation';
/** An email is handed over within this time, or the attempt at it is given up. */
const SOON_S = 5;

export interface Resending {
  viewer: InvitationViewer;
  invitationId: string;
  /** How long what is pending stays open, from now. */
  lifetimeHours: number;
  by?: Actor;
}

/**
 * One more email for an invitation, whose undecided invites get their full time anew, also those past
 * it, up to the deadline that the invitation came with. The sending belongs to no job: a redrive must
 * not take it back.
 * @returns the invitation, and the lanes with something new in them.
 * @throws {PublicError} `not_found`; `state_conflict` where nothing is left to accept, and, with a time
 * to try again at, while an email of it is still to go out: without one where its job stands still.
 */
export async function resendInvitation(
  trx: Transaction<Database>,
  { viewer, invitationId, lifetimeHours, by = NO_KEY }: Resending,
): Promise<{ invitation: InvitationResource; lanes: string[] }> {
  const { orgId } = viewer;
  await requireInvitation(trx, viewer, invitationId);
  const undecided = await lockUndecided(trx, orgId, invitationId);
  const remaining = await lockRemaining(trx, orgId, invitationId);
  // Read under the locks: nobody accepts, revokes or sends any more until this is over.
  const before = await requireInvitation(trx, viewer, invitationId);
  if (before.state === 'accepted' || before.state === 'revoked') {
    throw conflict(`This invitation was already ${before.state}`);
  }
  if (undecided.length === 0)
    throw conflict('This invitation has expired: newer ones took its place');
  const { endsAt, past } = await readEnd(trx, orgId, before.job_id);
  if (past) throw conflict('The deadline of this invitation is past');
  if (remaining > 0) throw await unfinished(trx, viewer, before.job_id);
  const { pending, last } = await readSendings(trx, invitationId);
  if (pending !== null) throw conflict('An email of this invitation is still to go out', pending);

  await sql`
    update invites set
      expires_at = least(now() + make_interval(hours => ${lifetimeHours}), ${endsAt}::timestamptz)
    where org_id = ${orgId} and id = any (${undecided}::uuid[])`.execute(trx);
  const drafts = await decideSending(trx, {
    orgId,
    jobId: null,
    purpose: PURPOSE,
    subjectId: invitationId,
    recipient: before.email,
    number: last + 1,
  });
  if (drafts.length === 0) throw conflict('An email of this invitation was just asked for', SOON_S);
  await insertTasks(trx, drafts);
  const invitation = await requireInvitation(trx, viewer, invitationId);
  await audit(trx, {
    orgId,
    by,
    action: 'invitation.resend',
    resourceId: invitationId,
    before: { state: before.state, emails: last, expires_at: before.expires_at },
    after: {
      state: invitation.state,
      emails: last + 1,
      expires_at: invitation.expires_at,
      email: invitation.email,
    },
  });
  return { invitation, lanes: drafts.map(({ lane }) => lane) };
}

/**
 * Its invites that nobody has decided on, by target as everybody locks them. For its target and address
 * each is the only such one, in time or not: a newer one would have ended it.
 */
async function lockUndecided(
  trx: Transaction<Database>,
  orgId: string,
  invitationId: string,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from invites
    where org_id = ${orgId} and invitation_id = ${invitationId} and state = 'pending'
    order by target_id for update`.execute(trx);
  return rows.map(({ id }) => id);
}

/** After when nothing of it can be accepted, whoever resends it; null: there is no such time. */
async function readEnd(
  trx: Transaction<Database>,
  orgId: string,
  jobId: string,
): Promise<{ endsAt: string | null; past: boolean }> {
  const { rows } = await sql<{ endsAt: string | null; past: boolean }>`
    select input ->> 'ends_at' as "endsAt",
      coalesce((input ->> 'ends_at')::timestamptz <= now(), false) as past
    from jobs where org_id = ${orgId} and id = ${jobId}`.execute(trx);
  return rows[0] as { endsAt: string | null; past: boolean };
}

/** How many of its targets have no outcome yet; after its invites, as whoever records them locks it. */
async function lockRemaining(
  trx: Transaction<Database>,
  orgId: string,
  invitationId: string,
): Promise<number> {
  const { rows } = await sql<{ remaining: number }>`
    select remaining from invitations
    where org_id = ${orgId} and id = ${invitationId} for no key update`.execute(trx);
  return rows[0]?.remaining ?? 0;
}

/** How many emails were decided on, and in how many seconds to ask again while one is to go out. */
async function readSendings(
  trx: Transaction<Database>,
  invitationId: string,
): Promise<{ last: number; pending: number | null }> {
  const { rows } = await sql<{ last: number; pending: number | null }>`
    select coalesce(max(sending.number), 0)::int as last,
      max(greatest(${SOON_S}::int, ceil(extract(epoch from
        case when task.lease_token is null then task.due_at - now() end))::int))
        filter (where sending.state = 'pending') as pending
    from sendings as sending
    left join tasks as task on task.kind = ${EMAIL} and task.subject_id = sending.id
    where sending.purpose = ${PURPOSE} and sending.subject_id = ${invitationId}`.execute(trx);
  return rows[0] as { last: number; pending: number | null };
}

/** Its job ends with its email, which may take somebody's doing. */
async function unfinished(
  trx: Transaction<Database>,
  viewer: InvitationViewer,
  jobId: string,
): Promise<PublicError> {
  const job = await requireJobHead(trx, viewer, jobId);
  if (job.cancel_requested_at === null && job.paused_at !== null) {
    return conflict('The job of this invitation is paused: resume it, and it ends with its email');
  }
  if (job.started_at === null && job.start_at !== null && job.start_at > new Date()) {
    const at = job.start_at.toISOString();
    return conflict(`The job of this invitation starts at ${at}, and ends with its email`);
  }
  return conflict('The job of this invitation is under way, and ends with its email', SOON_S);
}

const conflict = (message: string, retryAfterSeconds?: number) =>
  new PublicError('state_conflict', message, {
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
