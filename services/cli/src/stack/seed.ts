import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '@usher/db';
import {
  createApiKey,
  createGroup,
  createOrganization,
  createWebsites,
  findOrganization,
} from '@usher/directory';
import type { Kysely } from 'kysely';

const WEBSITES = 20;
const GROUPS = 5;
const WEBSITES_PER_GROUP = 4;
const SCOPED_TO = 3;
const ORGANIZATIONS = [
  { name: 'Acme', domain: 'acme.example', partner: false },
  { name: 'Globex Partners', domain: 'globex.example', partner: true },
];

/** An organization ready to try, with its keys in the clear. */
export interface SeededOrganization {
  id: string;
  name: string;
  partner: boolean;
  api_key: string;
  /** Sees the first three websites. */
  scoped_api_key: string;
  website_ids: string[];
  group_ids: string[];
}

/**
 * The organizations to try things with: made in a database that has none yet, and kept with their
 * keys in `seed.json` of this folder, since a key cannot be read a second time.
 * @returns none for a database that has only organizations of its own.
 */
export async function seed(db: Kysely<Database>, folder: string): Promise<SeededOrganization[]> {
  const path = join(folder, 'seed.json');
  const any = await db.selectFrom('organizations').select('id').limit(1).executeTakeFirst();
  if (any) return readKept(db, path);
  return db.transaction().execute(async (trx) => {
    const seeded: SeededOrganization[] = [];
    for (const organization of ORGANIZATIONS) seeded.push(await plant(trx, organization));
    // Before the commit: a crash in between may lose what nobody has seen, and never its keys alone.
    writeFileSync(`${path}.new`, `${JSON.stringify(seeded, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return seeded;
  });
}

async function readKept(db: Kysely<Database>, path: string): Promise<SeededOrganization[]> {
  if (!existsSync(path)) return [];
  const kept = JSON.parse(readFileSync(path, 'utf8')) as SeededOrganization[];
  // DATABASE_URL may name another database than the one that was seeded.
  const present = await Promise.all(kept.map(({ id }) => findOrganization(db, id)));
  return kept.filter((_, index) => present[index] !== null);
}

async function plant(
  trx: Kysely<Database>,
  { name, domain, partner }: (typeof ORGANIZATIONS)[number],
): Promise<SeededOrganization> {
  const { id: orgId } = await createOrganization(trx, { name, partner });
  const websites = await createWebsites(
    trx,
    orgId,
    Array.from({ length: WEBSITES }, (_, index) => ({ url: `site-${index + 1}.${domain}` })),
  );
  const ids = websites.map((website) => website.id);
  const groups: string[] = [];
  for (let index = 0; index < GROUPS; index += 1) {
    const first = index * WEBSITES_PER_GROUP;
    const group = await createGroup(trx, orgId, {
      name: `${name} group ${index + 1}`,
      websiteIds: ids.slice(first, first + WEBSITES_PER_GROUP),
    });
    groups.push(group.id);
  }
  const global = await createApiKey(trx, { orgId, name: 'to try things with' });
  const scoped = await createApiKey(trx, {
    orgId,
    name: 'scoped to the first three websites',
    websiteIds: ids.slice(0, SCOPED_TO),
  });
  return {
    id: orgId,
    name,
    partner,
    api_key: global.key,
    scoped_api_key: scoped.key,
    website_ids: ids,
    group_ids: groups,
  };
}
