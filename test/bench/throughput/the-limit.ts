import { Client } from 'pg';
import type { Contestant } from './contestant.ts';
import { inputFor, type Workload } from './workload.ts';

/** Everything in one statement: what Postgres can write here, if nobody needs to know anything. */
export const theLimit: Contestant = {
  name: 'the limit',
  about: 'one set-based SQL statement, one connection',
  share: 'whole',
  async start({ databaseUrl }) {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    return {
      processes: {},
      broken: new Promise<never>((_, reject) => client.once('error', reject)),
      prepare: async () => {},
      submit: (workload) => submit(client, workload),
      stop: () => client.end(),
    };
  },
};

async function submit(client: Client, workload: Workload): Promise<string[]> {
  const { orgId, websiteIds, invitations } = workload;
  const jobIds = invitations.map(({ jobId }) => jobId);
  await client.query(
    `with plan as materialized (
      select * from unnest($3::uuid[], $4::uuid[], $5::text[], $6::jsonb[])
        as plan (job_id, user_id, email, input)
    ), made_jobs as (
      insert into jobs (id, org_id, kind, input, target_ids, total, remaining, succeeded,
        started_at, finished_at)
      select job_id, $1, 'bulk-invite', input, $2, cardinality($2::uuid[]), 0,
        cardinality($2::uuid[]), now(), clock_timestamp()
      from plan
    ), made_users as (
      insert into users (id, org_id, email) select user_id, $1, email from plan
    ), made_members as (
      insert into website_members (org_id, website_id, user_id, role)
      select $1, website_id, user_id, 'viewer' from plan, unnest($2::uuid[]) as website_id
    )
    insert into outcomes
      (job_id, round, position, org_id, target_id, status, code, message, attempts, detail)
    select job_id, 1, (number - 1)::int, $1, website_id, 'succeeded', 'added',
      'User added to website', 1, jsonb_build_object('user_id', user_id)
    from plan, unnest($2::uuid[]) with ordinality as site (website_id, number)`,
    [
      orgId,
      websiteIds,
      jobIds,
      invitations.map(({ userId }) => userId),
      invitations.map(({ email }) => email),
      invitations.map(({ email }) => inputFor(email)),
    ],
  );
  return jobIds;
}
