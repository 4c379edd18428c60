import { newId } from '@usher/db';

/** One submission as the product leaves it when all is done, in one statement with one plan. */
export function writeSubmission(given: {
  orgId: string;
  websiteIds: readonly string[];
  email: string;
  sendingId: string;
}): { name: string; text: string; values: unknown[] } {
  const { orgId, websiteIds, email, sendingId } = given;
  const input = {
    method: 'email',
    target: 'website',
    email,
    role: 'viewer',
    first_name: null,
    last_name: null,
    scope: null,
  };
  return {
    name: 'write-submission',
    text: `with job as (
        insert into jobs (id, org_id, kind, input, target_ids, total, remaining, succeeded,
          started_at, finished_at)
        values ($2, $1, 'bulk-invite', $6, $7, cardinality($7::uuid[]), 0, cardinality($7::uuid[]),
          now(), clock_timestamp())
      ), invitation as (
        insert into invitations (id, org_id, job_id, email, remaining) values ($3, $1, $2, $5, 0)
      ), invite as (
        insert into invites (id, org_id, invitation_id, website_id, email, role, expires_at)
        select id, $1, $3, website_id, $5, 'viewer', now() + interval '168 hours'
        from unnest($8::uuid[], $7::uuid[]) as invite (id, website_id)
      ), outcome as (
        insert into outcomes
          (job_id, round, position, org_id, target_id, status, code, message, attempts, detail)
        select $2, 1, (number - 1)::int, $1, website_id, 'succeeded', 'invited', 'Invitation sent', 1,
          jsonb_build_object('invite_id', id)
        from unnest($8::uuid[], $7::uuid[]) with ordinality as invite (id, website_id, number)
      )
      insert into sendings (id, org_id, job_id, purpose, subject_id, recipient, message_id, attempts,
        state, sent_at)
      values ($4, $1, $2, 'invitation', $3, $5, $9, 1, 'sent', now())`,
    values: [
      orgId,
      newId(),
      newId(),
      sendingId,
      email,
      JSON.stringify(input),
      websiteIds,
      websiteIds.map(() => newId()),
      `${sendingId}@usher`,
    ],
  };
}
