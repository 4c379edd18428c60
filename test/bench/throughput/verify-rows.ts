import type { Client } from 'pg';
import type { Workload } from './workload.ts';

/** Look whether every membership and outcome of a workload is there. @throws where one is not. */
export async function verifyRows(client: Client, workload: Workload): Promise<void> {
  const { orgId, websiteIds, invitations } = workload;
  const { rows } = await client.query<Record<string, number>>(
    `select
      (select count(*)::int from website_members where org_id = $1) as memberships,
      (select count(*)::int from outcomes
        where org_id = $1 and status = 'succeeded' and code = 'added') as outcomes,
      (select count(*)::int from users where org_id = $1) as users,
      (select count(*)::int from jobs
        where org_id = $1 and finished_at is not null and succeeded = total) as "finished jobs"`,
    [orgId],
  );
  const targets = websiteIds.length * invitations.length;
  const expected = {
    memberships: targets,
    outcomes: targets,
    users: invitations.length,
    'finished jobs': invitations.length,
  };
  for (const [what, count] of Object.entries(expected)) {
    const found = rows[0]?.[what];
    if (found !== count) throw new Error(`${found} ${what} were written, not ${count}`);
  }
}
