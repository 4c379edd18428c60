import { newId } from '@usher/db';
import type { Pool, PoolClient } from 'pg';

/** What one queue job of a peer carries: all that its handler needs, so that it reads nothing. */
export interface TargetMessage {
  orgId: string;
  jobId: string;
  position: number;
  websiteId: string;
  email: string;
}

/**
 * One target in one transaction, as a careful handler does it: repeating it changes nothing. Every
 * statement is prepared once per connection.
 */
export async function recordTarget(pool: Pool, message: TargetMessage): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await writeTarget(client, message);
    await client.query('commit');
    client.release();
  } catch (error) {
    // A connection in an unknown state serves nobody.
    client.release(true);
    throw error;
  }
}

async function writeTarget(client: PoolClient, message: TargetMessage): Promise<void> {
  const { orgId, jobId, position, websiteId } = message;
  const userId = await findOrCreateUser(client, message);
  const added = await client.query({
    name: 'add-member',
    text: `insert into website_members (org_id, website_id, user_id, role)
      values ($1, $2, $3, 'viewer') on conflict do nothing`,
    values: [orgId, websiteId, userId],
  });
  const [status, code, text] =
    added.rowCount === 1
      ? ['succeeded', 'added', 'User added to website']
      : ['failed', 'already_member', 'User is already a member of this website'];
  const recorded = await client.query({
    name: 'record-outcome',
    text: `insert into outcomes
        (job_id, round, position, org_id, target_id, status, code, message, attempts, detail)
      values ($1, 1, $2, $3, $4, $5, $6, $7, 1, $8) on conflict do nothing`,
    values: [jobId, position, orgId, websiteId, status, code, text, { user_id: userId }],
  });
  if (recorded.rowCount === 0) return;
  const succeeded = status === 'succeeded' ? 1 : 0;
  await client.query({
    name: 'count-outcome',
    text: `update jobs set remaining = remaining - 1, succeeded = succeeded + $2,
        failed = failed + 1 - $2, started_at = coalesce(started_at, now()),
        finished_at = case when remaining = 1 then clock_timestamp() end
      where id = $1`,
    values: [jobId, succeeded],
  });
}

async function findOrCreateUser(client: PoolClient, message: TargetMessage): Promise<string> {
  const { orgId, email } = message;
  const userId = newId();
  const find = () =>
    client.query<{ id: string }>({
      name: 'find-user',
      text: 'select id from users where org_id = $1 and email = $2',
      values: [orgId, email],
    });
  const found = (await find()).rows[0];
  if (found) return found.id;
  const made = await client.query({
    name: 'create-user',
    text: `insert into users (id, org_id, email) values ($1, $2, $3)
      on conflict (org_id, email) do nothing`,
    values: [userId, orgId, email],
  });
  if (made.rowCount === 1) return userId;
  const other = (await find()).rows[0];
  if (!other) throw new Error(`the user ${email} is gone`);
  return other.id;
}
