import type { Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';

const BATCH = 1_000;
const FIRST = '00000000-0000-0000-0000-000000000000';

interface Provisioned {
  group_id: string;
  org_id: string;
  upstream_id: string;
}

/** What is on record as provisioned with this provider, a batch at a time. */
export async function* listProvisioned(
  db: Kysely<Database>,
  provider: string,
): AsyncGenerator<Provisioned[]> {
  for (let after = FIRST; ;) {
    const { rows } = await sql<Provisioned>`
      select group_id, org_id, upstream_id from billing_entities
      where provider = ${provider} and state = 'provisioned' and group_id > ${after}
      order by group_id limit ${BATCH}`.execute(db);
    yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < BATCH) return;
    after = last.group_id;
  }
}

interface Listed {
  id: string;
  org_id: string;
  /** Its flag is on, and no provider has an entity for it on record. */
  wanting: boolean;
}

/** All groups, a batch at a time. */
export async function* listGroups(db: Kysely<Database>): AsyncGenerator<Listed[]> {
  for (let after: Pick<Listed, 'id' | 'org_id'> = { id: FIRST, org_id: FIRST }; ;) {
    const { rows }: { rows: Listed[] } = await sql<Listed>`
      select groups.id, groups.org_id,
        billing_enabled and record.state is distinct from 'provisioned' as wanting
      from groups left join billing_entities as record on record.group_id = groups.id
      where (groups.org_id, groups.id) > (${after.org_id}, ${after.id})
      order by groups.org_id, groups.id limit ${BATCH}`.execute(db);
    yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < BATCH) return;
    after = last;
  }
}
