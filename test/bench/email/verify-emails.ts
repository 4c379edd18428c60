import type { Client } from 'pg';
import type { Workload } from '../throughput/workload.ts';
import type { MailSink } from './start-mail-sink.ts';

/**
 * Look whether every row is there, and whether everybody got exactly one email.
 * @param expected `extra`: submissions of the same organization that were no part of the measurement.
 * @throws where one is missing, or one too many.
 */
export async function verifyEmails(
  client: Client,
  sink: MailSink,
  { orgId, invitations }: Workload,
  expected: { submissions: number; websites: number; extra: number },
): Promise<void> {
  const { rows } = await client.query<Record<string, number>>(
    `select
      (select count(*)::int from jobs
        where org_id = $1 and finished_at is not null and succeeded = total) as "finished jobs",
      (select count(*)::int from invitations where org_id = $1 and remaining = 0) as invitations,
      (select count(*)::int from invites where org_id = $1 and state = 'pending') as invites,
      (select count(*)::int from outcomes where org_id = $1 and code = 'invited') as outcomes,
      (select count(*)::int from sendings
        where org_id = $1 and state = 'sent' and attempts = 1) as sendings`,
    [orgId],
  );
  const all = expected.submissions + expected.extra;
  const wanted = {
    'finished jobs': all,
    invitations: all,
    invites: all * expected.websites,
    outcomes: all * expected.websites,
    sendings: all,
  };
  for (const [what, count] of Object.entries(wanted)) {
    const found = rows[0]?.[what];
    if (found !== count) throw new Error(`${found} ${what} were written, not ${count}`);
  }
  const recipients = await sink.recipients();
  if (recipients.length !== all) throw new Error(`${recipients.length} emails came, not ${all}`);
  const written = new Set(recipients);
  const missed = invitations.find(({ email }) => !written.has(email));
  if (missed) throw new Error(`${missed.email} got no email, and somebody else two`);
}
