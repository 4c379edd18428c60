import { newId } from '@usher/db';
import { afterAll, beforeAll } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';

export let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

export interface Group {
  id: number;
  parentId: number | null;
  name: string;
  usersCount: number;
  coursesCount: number;
  description: string | null;
  attributes: Record<string, unknown>;
  image: null;
}

type Options = Parameters<typeof call>[3];
export const ask = <Body = Group>(method: string, path: string, options: Options = {}) =>
  call<Body>(api, method, `/openapi/v1${path}`, { key: api.organization.key, ...options });

export const create = (json: object = {}) =>
  ask('POST', '/groups', { json: { name: 'North', ...json } });
export const change = (id: number | string, json: unknown) =>
  ask('PATCH', `/groups/${id}`, { json });

/** A group of the other organization. */
export async function foreignGroup(): Promise<number> {
  const json = { name: 'Theirs' };
  return (await ask('POST', '/groups', { key: api.partner.key, json })).body.id;
}

/** A user of the organization, and their number. */
export async function aUser(): Promise<number> {
  const { number } = await api.db
    .insertInto('users')
    .values({ id: newId(), org_id: api.organization.id, email: `${newId()}@example.com` })
    .returning('number')
    .executeTakeFirstOrThrow();
  return number;
}

/** No id of anything, or of nothing. */
export const NO_IDS = ['0', '-1', '1.5', 'abc', '01', '9007199254740993', '99999999999', newId()];
