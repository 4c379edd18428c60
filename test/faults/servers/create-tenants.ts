import { createDatabase } from '@usher/db';
import { createApiKey, createGroup, createOrganization, createWebsites } from '@usher/directory';
import type { LoadTenant } from '../load/drive-load.ts';
import type { Plan } from '../plan/plan.ts';

/** The plan's two organizations, each with a key, its websites and its groups; the first with a contact. */
export async function createTenants(
  databaseUrl: string,
  { websites, groups }: Pick<Plan, 'websites' | 'groups'>,
): Promise<[LoadTenant, LoadTenant]> {
  const db = createDatabase({ url: databaseUrl, application: 'faults', poolSize: 2 });
  const create = async (index: 0 | 1): Promise<LoadTenant> => {
    const contactEmail = index === 0 ? 'contact@first.example.com' : null;
    const name = `Organization ${index + 1}`;
    const { id } = await createOrganization(db, { name, contactEmail });
    const { key } = await createApiKey(db, { orgId: id });
    const urls = Array.from({ length: websites[index] }, (_, n) => ({
      url: `site-${index}-${n}.example.com`,
    }));
    const websiteIds = (await createWebsites(db, id, urls)).map((website) => website.id);
    const groupIds: string[] = [];
    for (let n = 0; n < groups[index]; n += 1) {
      const some = websiteIds.slice(n, n + 2);
      const group = await createGroup(db, id, { name: `Group ${index} ${n}`, websiteIds: some });
      groupIds.push(group.id);
    }
    return { id, key, contactEmail, websiteIds, groupIds };
  };
  try {
    return [await create(0), await create(1)];
  } finally {
    await db.destroy();
  }
}
