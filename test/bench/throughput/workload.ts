import { createDatabase, newId } from '@usher/db';
import { createApiKey, createOrganization, createWebsites } from '@usher/directory';

/** What one round writes: everybody is invited directly to every website of one organization. */
export interface Workload {
  orgId: string;
  apiKey: string;
  websiteIds: string[];
  invitations: PlannedInvitation[];
}

/** One submission: a job of as many targets as there are websites. */
export interface PlannedInvitation {
  jobId: string;
  userId: string;
  email: string;
}

/** How big a round is: submissions, and websites to which each of them invites. */
export interface Size {
  submissions: number;
  websites: number;
}

/** What a job of the product remembers of such a request, word for word. */
export const inputFor = (email: string): string =>
  JSON.stringify({
    method: 'direct',
    target: 'website',
    email,
    role: 'viewer',
    first_name: null,
    last_name: null,
    scope: null,
  });

/** An organization with its websites, and a list of people that it has never met. */
export async function createWorkload(databaseUrl: string, size: Size): Promise<Workload> {
  const db = createDatabase({ url: databaseUrl, application: 'bench-workload', poolSize: 1 });
  try {
    const { id: orgId } = await createOrganization(db, { name: 'Bench' });
    const { key } = await createApiKey(db, { orgId });
    const sites = Array.from({ length: size.websites }, (_, n) => ({
      url: `site-${n + 1}.example.com`,
    }));
    const made = await createWebsites(db, orgId, sites);
    return {
      orgId,
      apiKey: key,
      websiteIds: made.map((website) => website.id),
      invitations: Array.from({ length: size.submissions }, (_, n) => ({
        jobId: newId(),
        userId: newId(),
        email: `person-${n + 1}@example.com`,
      })),
    };
  } finally {
    await db.destroy();
  }
}
