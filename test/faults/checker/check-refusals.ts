import type { Client } from 'pg';
import type { Findings } from './findings.ts';

const ATTEMPTS = [
  ['an update of an outcome', `update outcomes set code = 'canceled'`],
  ['a deletion of an outcome', 'delete from outcomes'],
  ['a truncation of the outcomes', 'truncate outcomes'],
  [
    'a second outcome for a position',
    `insert into outcomes (job_id, round, position, org_id, target_id, status, code, message, attempts)
      select job_id, round, position, org_id, target_id, 'failed', 'internal_error', '', 1
      from outcomes limit 1`,
  ],
] as const;

/** I3: the database itself refuses, even its owner. Tried in transactions that are rolled back. */
export async function checkRefusals(client: Client, { report }: Findings): Promise<void> {
  const { rows } = await client.query<{ any: boolean }>(
    'select exists (select from outcomes) as any',
  );
  if (!rows[0]?.any) return report('I3', 'there is no outcome to try anything with');
  for (const [what, statement] of ATTEMPTS) {
    await client.query('begin');
    const allowed = await client.query(statement).then(
      () => true,
      () => false,
    );
    await client.query('rollback');
    if (allowed) report('I3', `the database allows ${what}`);
  }
}
