import { createApiKey, createGroup, createOrganization, createWebsites } from '@usher/directory';
import { withDatabase } from '../with-database.ts';

/** As many as one job of the demo has targets. */
const WEBSITES = 2_000;
const GROUPS = ['Editors', 'Shop managers', 'Press team'];
const NAMES = [
  'Harbor Coffee',
  'Northwind Atlas',
  'Juniper Books',
  'Copper Kettle',
  'Lantern Press',
  'Saltmarsh Studio',
  'Bluebird Cycles',
  'Meadow Clinic',
  'Orchard Radio',
  'Quarry Climbing',
  'Tidewater Films',
];

export interface DemoOrganization {
  name: string;
  apiKey: string;
  /** 2,000; the first eleven have names of their own. */
  websites: Array<{ id: string; name: string }>;
  groups: Array<{ id: string; name: string }>;
}

/** An organization with everything that the demo invites people to. */
export function prepareOrganization(databaseUrl: string): Promise<DemoOrganization> {
  return withDatabase(databaseUrl, async (db) => {
    const { id: orgId, name } = await createOrganization(db, { name: 'Lighthouse Media' });
    const wanted = Array.from({ length: WEBSITES }, (_, index) => {
      const label = NAMES[index]?.toLowerCase().replaceAll(' ', '-') ?? `site-${index + 1}`;
      return { url: `${label}.example`, name: NAMES[index] ?? null };
    });
    const websites = await createWebsites(db, orgId, wanted);
    const groups = [];
    for (const [index, title] of GROUPS.entries()) {
      const websiteIds = websites.slice(index * 4, index * 4 + 4).map(({ id }) => id);
      groups.push(await createGroup(db, orgId, { name: title, websiteIds }));
    }
    const { key } = await createApiKey(db, { orgId, name: 'demo' });
    return { name, apiKey: key, websites, groups };
  });
}
