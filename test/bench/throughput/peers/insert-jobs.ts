import { Client } from 'pg';
import { inputFor, type Workload } from '../workload.ts';

/** The job rows whose targets a peer will count; written off the clock, in the peers' favour. */
export async function insertJobs(databaseUrl: string, workload: Workload): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `insert into jobs (id, org_id, kind, input, target_ids, total, remaining)
      select id, $1, 'bulk-invite', input, $2, cardinality($2::uuid[]), cardinality($2::uuid[])
      from unnest($3::uuid[], $4::jsonb[]) as job (id, input)`,
      [
        workload.orgId,
        workload.websiteIds,
        workload.invitations.map(({ jobId }) => jobId),
        workload.invitations.map(({ email }) => inputFor(email)),
      ],
    );
  } finally {
    await client.end();
  }
}
