import { createApiKey, createGroup, createOrganization, createWebsites } from '@usher/directory';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect } from 'vitest';
import { startTestApi, type TestApi } from '../support/test-api.ts';
import { ask, type Request } from './surface.ts';
import { CONNECT, rowOf, type Ids, type Verbs, type Wanted } from './verbs.ts';

export let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

/** An organization that every surface serves: a partner, so that Athena shows references too. */
export interface Tenant {
  id: string;
  key: string;
  websiteIds: string[];
}

export async function aTenant(): Promise<Tenant> {
  const { id } = await createOrganization(api.db, { name: 'Acme', partner: true });
  const { key } = await createApiKey(api.db, { orgId: id });
  const urls = ['a.example', 'b.example', 'c.example', 'd.example'];
  const made = await createWebsites(
    api.db,
    id,
    urls.map((url) => ({ url })),
  );
  return { id, key, websiteIds: made.map((website) => website.id) };
}

/** A group that has everything that a group can have but a parent. */
export const aGroup = (tenant: Tenant, more: object = {}) =>
  createGroup(api.db, tenant.id, {
    name: 'Nord',
    externalId: 'ref-0',
    description: 'Of old',
    attributes: { region: 'EMEA' },
    websiteIds: tenant.websiteIds.slice(0, 2),
    ...more,
  });

export const send = <Body = unknown>(tenant: Tenant, { surface }: Verbs, request: Request) =>
  ask<Body>(api, surface, { key: tenant.key, ...request });

/** What is no error, or its words. */
export async function must(tenant: Tenant, verbs: Verbs, request: Request) {
  const answer = await send(tenant, verbs, request);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer;
}

export async function create(tenant: Tenant, verbs: Verbs, wanted: Omit<Wanted, 'websiteIds'>) {
  const websiteIds = tenant.websiteIds.slice(0, 1);
  const { body } = await must(tenant, verbs, verbs.create({ ...wanted, websiteIds }));
  return rowOf(api, verbs, verbs.group(body).id);
}

/** What the row of a group says of it. */
export interface Content {
  name: string;
  external_id: string | null;
  attributes: object;
}

/** The group's row but for its ids, its times and its number. */
export async function contentOf({ id }: Pick<Ids, 'id'>): Promise<Content> {
  const { rows } = await sql<{ content: Content }>`
    select to_jsonb(groups) - '{id,org_id,number,created_at,updated_at}'::text[] as content
    from groups where id = ${id}`.execute(api.db);
  return rows[0]!.content;
}

/** The group's row as Postgres stores it: any write to it moves this. */
export async function versionOf({ id }: Pick<Ids, 'id'>): Promise<string> {
  const { rows } = await sql<{ version: string }>`
    select xmin::text || ' ' || ctid::text || ' ' || groups::text as version from groups
    where id = ${id}`.execute(api.db);
  return rows[0]!.version;
}

/** When the group last changed, as Connect's clients hear it. */
export async function updatedAt(tenant: Tenant, group: Ids): Promise<string> {
  const { body } = await must(tenant, CONNECT, CONNECT.get(CONNECT.idOf(group)));
  return (body as { data: { updated_at: string } }).data.updated_at;
}

/** How many changes of its groups the organization's audit log tells of. */
export async function audited({ id }: Tenant): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from audit_log where org_id = ${id}`.execute(api.db);
  return rows[0]!.count;
}
