import { createDatabase, newId, type Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { afterAll, beforeAll, expect } from 'vitest';
import { createTestDatabase } from '../../../test/support/database.ts';
import { createOrganization, type Organization } from './organizations.ts';
import { createWebsites } from './create-websites.ts';
import type { Website } from './find-websites.ts';

/** A database of the test file's own; call it at the top level, and read `db` inside tests. */
export function useDatabase(): { db: Kysely<Database> } {
  const use = {} as { db: Kysely<Database> };
  let close = async (): Promise<void> => undefined;
  beforeAll(async () => {
    const database = await createTestDatabase();
    const db = createDatabase({ url: database.url, application: 'directory-test', poolSize: 20 });
    use.db = db;
    close = async () => {
      await db.destroy();
      await database.drop();
    };
  });
  afterAll(() => close());
  return use;
}

/** An organization with `count` websites. */
export async function anOrganization(
  db: Kysely<Database>,
  { count = 3, partner = false } = {},
): Promise<{ organization: Organization; orgId: string; websites: Website[] }> {
  const organization = await createOrganization(db, { name: 'Acme', partner });
  const websites = await createWebsites(
    db,
    organization.id,
    Array.from({ length: count }, (_, index) => ({ url: `site-${index}.example` })),
  );
  return { organization, orgId: organization.id, websites };
}

export interface InviteFixture {
  websiteId?: string;
  groupId?: string;
  /** The invite's own. */
  organizationId?: string;
  role?: 'admin' | 'viewer';
  state?: 'pending' | 'revoked';
  expiresAt?: Date;
}

/** An invitation as a finished job leaves it, its invites written in the order given. */
export async function anInvitation(
  db: Kysely<Database>,
  orgId: string,
  email: string,
  invites: readonly InviteFixture[],
  names: { firstName?: string; lastName?: string } = {},
): Promise<{ id: string; inviteIds: string[] }> {
  const jobId = newId();
  const id = newId();
  await db
    .insertInto('jobs')
    .values({
      id: jobId,
      org_id: orgId,
      kind: 'bulk-invite',
      input: '{}',
      target_ids: [],
      total: 0,
      remaining: 0,
      finished_at: new Date(),
    })
    .execute();
  await db
    .insertInto('invitations')
    .values({
      id,
      org_id: orgId,
      job_id: jobId,
      email,
      first_name: names.firstName ?? null,
      last_name: names.lastName ?? null,
      remaining: 0,
    })
    .execute();
  const inviteIds: string[] = [];
  for (const invite of invites) {
    const inviteId = newId();
    inviteIds.push(inviteId);
    const state = invite.state ?? 'pending';
    await db
      .insertInto('invites')
      .values({
        id: inviteId,
        org_id: orgId,
        invitation_id: id,
        website_id: invite.websiteId ?? null,
        group_id: invite.groupId ?? null,
        organization_id: invite.organizationId ?? null,
        email,
        role: invite.role ?? 'viewer',
        state,
        expires_at: invite.expiresAt ?? inAnHour(),
        decided_at: state === 'pending' ? null : new Date(),
      })
      .execute();
  }
  return { id, inviteIds };
}

/** The group's billing entity as its provisioning leaves it, or as it is before. */
export async function aBillingEntity(
  db: Kysely<Database>,
  orgId: string,
  groupId: string,
  state: 'intended' | 'provisioned' = 'provisioned',
): Promise<void> {
  const upstream = { upstream_id: `cus_${groupId}`, provisioned_at: new Date() };
  await db
    .insertInto('billing_entities')
    .values({
      group_id: groupId,
      org_id: orgId,
      provider: 'fake',
      state,
      ...(state === 'provisioned' && upstream),
    })
    .execute();
}

export const anHourAgo = () => new Date(Date.now() - 3_600_000);
export const inAnHour = () => new Date(Date.now() + 3_600_000);

/** An id that belongs to nothing. */
export const unknownId = newId;

/** Until as many statements of this database wait for a lock. */
export async function untilBlocked(db: Kysely<Database>, statements: number): Promise<void> {
  const blocked = async () => {
    const { rows } = await sql<{ count: number }>`
      select count(*) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
    return rows[0]?.count;
  };
  await expect.poll(blocked).toBe(statements);
}
