import { createContext, readConfig, startApi } from '@usher/api';
import { newId } from '@usher/db';
import { createApiKey, createGroup, createWebsites, type NewGroup } from '@usher/directory';
import { sql } from 'kysely';
import { afterAll, beforeAll } from 'vitest';
import { anInvitation } from '../../packages/directory/src/fixtures.ts';
import type { FakeBilling } from '../support/fake-billing/start-fake-billing.ts';
import { startTestApi, type TestApi, type TestOrganization } from '../support/test-api.ts';
import { withRoutes, type Route } from './routes-of.ts';
import { startWorkingApi } from './start-working-api.ts';

export let api: TestApi;
/** No worker runs beside it, and it has no billing provider. */
export let idle: TestApi;
/** Over the database of `idle`, and past its limit at the second request of a minute. */
export let limited: Pick<TestApi, 'url'>;
export let billing: FakeBilling;
/** Whose key is sent where nothing else is said: a partner. */
export let tenant: TestOrganization;
/** No partner; to the tenant, a foreigner. */
export let stranger: TestOrganization;
/** Of the tenant. */
export let readOnlyKey: string;
/** All that the API registered. */
export let routes: Route[];

let closeAll: () => Promise<void>;
beforeAll(async () => {
  const [usher, registered] = await withRoutes(startWorkingApi);
  ({ api, billing } = usher);
  routes = registered;
  tenant = api.partner;
  stranger = api.organization;
  readOnlyKey = (await createApiKey(api.db, { orgId: tenant.id, readOnly: true })).key;
  idle = await startTestApi();
  const context = createContext(
    readConfig({
      DATABASE_URL: idle.databaseUrl,
      PORT: '0',
      RATE_LIMIT_PER_MINUTE: '1',
      LOG_LEVEL: 'silent',
    }),
  );
  const strict = await startApi(context, new AbortController().signal);
  limited = { url: `http://127.0.0.1:${strict.port}` };
  closeAll = async () => {
    await strict.drain();
    await Promise.all([usher.close(), idle.close()]);
  };
});
afterAll(() => closeAll());

let count = 0;
export const fresh = (word: string) => `${word}-${(count += 1)}`;
export const person = () => `${fresh('person')}@example.com`;
export const NOBODY = newId();

export const aGroup = (wanted: Partial<NewGroup> = {}, { id } = tenant) =>
  createGroup(api.db, id, { name: fresh('Group'), ...wanted });
export const aForeignGroup = () => aGroup({}, stranger);

export async function aWebsite(externalId: string | null = null, { id } = tenant) {
  const [made] = await createWebsites(api.db, id, [{ url: fresh('site'), externalId }]);
  return made!;
}

/** Somebody with an account, and of the website's direct members if one is named. */
export async function aUser({
  websiteId,
  orgId = tenant.id,
}: { websiteId?: string; orgId?: string } = {}) {
  const user = await api.db
    .insertInto('users')
    .values({ id: newId(), org_id: orgId, email: person() })
    .returning(['id', 'number', 'email'])
    .executeTakeFirstOrThrow();
  if (websiteId !== undefined) {
    const membership = { org_id: orgId, website_id: websiteId, user_id: user.id };
    await api.db
      .insertInto('website_members')
      .values({ ...membership, role: 'viewer' })
      .execute();
  }
  return user;
}

export async function anInvite(
  state: 'pending' | 'accepted' | 'revoked' | 'expired' = 'pending',
  { id, websiteIds } = tenant,
): Promise<string> {
  const { inviteIds } = await anInvitation(api.db, id, person(), [
    { websiteId: websiteIds[0]!, ...(state === 'revoked' && { state }) },
  ]);
  if (state === 'accepted') {
    const { id: userId } = await aUser({ orgId: id });
    await sql`update invites set state = 'accepted', decided_at = now(), user_id = ${userId}
      where id = ${inviteIds[0]}`.execute(api.db);
  }
  if (state === 'expired') {
    await sql`update invites set expires_at = now() - interval '1 second'
      where id = ${inviteIds[0]}`.execute(api.db);
  }
  return inviteIds[0]!;
}
