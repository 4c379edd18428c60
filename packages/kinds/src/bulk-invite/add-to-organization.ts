import { newId, prepared, type Database } from '@usher/db';
import { rowsOf, type Batch, type ResultRows } from '@usher/jobs';
import { sql, type Transaction } from 'kysely';
import { inputOf } from './input.ts';
import { fail, succeed, verdicts } from './verdicts.ts';

const ORGANIZATION = 'organization';

/**
 * Direct mode, for jobs of different people that invite to their organization itself: to be its member
 * is to be one of its users, so that each is made, unverified, or is one already.
 */
export async function addToOrganization(
  trx: Transaction<Database>,
  batches: readonly Batch[],
): Promise<ResultRows> {
  const people = batches.map(({ job }) => ({ orgId: job.org_id, ...inputOf(job) }));
  const { rows } = await sql<{ id: string; org_id: string; email: string }>`${prepared}
    insert into users (id, org_id, email, first_name, last_name, organization_role)
    select * from unnest(
      ${people.map(() => newId())}::uuid[],
      ${people.map(({ orgId }) => orgId)}::uuid[],
      ${people.map(({ email }) => email)}::text[],
      ${people.map((person) => person.first_name)}::text[],
      ${people.map((person) => person.last_name)}::text[],
      ${people.map(({ role }) => role)}::text[]
    ) as person (id, org_id, email, first_name, last_name, role)
    order by org_id, email
    on conflict (org_id, email) do nothing
    returning id, org_id, email`.execute(trx);
  const made = new Map(rows.map((row) => [`${row.org_id} ${row.email}`, row.id]));
  return rowsOf(
    batches.map(({ job, targets }) =>
      targets.map((target) => {
        const user_id = made.get(`${job.org_id} ${inputOf(job).email}`);
        return user_id === undefined
          ? fail(target, verdicts.already_member(ORGANIZATION))
          : succeed(target, verdicts.added(ORGANIZATION), { user_id });
      }),
    ),
  );
}
