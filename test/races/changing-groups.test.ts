import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { anInvitation } from '../../packages/directory/src/fixtures.ts';
import { api, ask, aUser, type Group } from '../api/use-konstantly.ts';

const GROUPS = 12;
const ATTRIBUTES = ['region', 'tier', 'owner'];

/** The same numbers every time, each below `end`. */
function randomFrom(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}

test('groups moved, changed, joined, deleted and accepted at once: nobody fails for another, and a forest stays', async () => {
  const random = randomFrom(5);
  const numbers: number[] = [];
  const make = async (parentId: number | null) => {
    const { body } = await ask('POST', '/groups', { json: { name: 'G', parentId } });
    numbers.push(body.id);
  };
  for (let n = 0; n < GROUPS; n += 1) await make(n > 2 ? numbers[n % 3]! : null);
  const users = await Promise.all(Array.from({ length: 4 }, aUser));
  const idOf = new Map(
    (await api.db.selectFrom('groups').select(['id', 'number']).execute()).map((row) => [
      row.number,
      row.id,
    ]),
  );
  const tokens: string[] = [];
  for (let n = 0; n < 40; n += 1) {
    const some = [...new Set([random(GROUPS), random(GROUPS), random(GROUPS)])];
    const invites = some.map((at) => ({ groupId: idOf.get(numbers[at]!)! }));
    const email = `${newId()}@example.com`;
    const { id } = await anInvitation(api.db, api.organization.id, email, invites);
    tokens.push(api.context.tokens.sign(id));
  }
  const any = () => numbers[random(numbers.length)]!;
  const name = (n: number) => `G${n % 3}`;
  const does: Array<(n: number) => ReturnType<typeof ask<unknown>>> = [
    (n) => ask('PATCH', `/groups/${any()}`, { json: { name: name(n), parentId: any() } }),
    (n) => ask('PATCH', `/groups/${any()}`, { json: { name: name(n), parentId: null } }),
    (n) =>
      ask('PATCH', `/groups/${any()}`, {
        json: { name: name(n), attributes: { [ATTRIBUTES[n % 3]!]: 'EU' } },
      }),
    (n) =>
      ask('POST', `/users/${users[n % 4]!}/groups`, { json: { groups: [any(), any(), any()] } }),
    () => ask('DELETE', `/groups/${any()}`),
    () => ask('POST', '/groups', { json: { name: 'New', parentId: any() } }),
    (n) =>
      ask('POST', '/group-attributes', {
        json: { name: ATTRIBUTES[n % 3], type: 'single', options: ['EU'] },
      }),
    (n) => ask('DELETE', `/group-attributes/${(n % 20) + 1}`),
    (n) =>
      fetch(`${api.url}/api/v1/invitations/accept`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: tokens[n % tokens.length] }),
      }).then(async ({ status, headers, ...response }) => ({
        status,
        headers,
        body: response as unknown,
      })),
  ];
  const statuses: number[] = [];
  await Promise.all(
    Array.from({ length: 16 }, async (_, worker) => {
      for (let n = 0; n < 20; n += 1) {
        // Deletions are rare, or nothing would be left to fight over.
        const at = random(9);
        const todo = at === 4 && random(4) > 0 ? 0 : at;
        statuses.push((await does[todo]!(worker * 20 + n)).status);
      }
    }),
  );
  // A deadlock would be a 503.
  expect(statuses.filter((status) => status >= 500)).toEqual([]);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(60);
  const { rows } = await sql`
    with recursive way as (
      select id, parent_id, id as start, 0 as steps from groups
      union all
      select above.id, above.parent_id, way.start, steps + 1
      from way join groups as above on above.id = way.parent_id where steps < 1000
    )
    select start from way where steps = 1000`.execute(api.db);
  expect(rows).toEqual([]);
  const lost = await sql`select from invites where state = 'pending' and target_id is null`.execute(
    api.db,
  );
  expect(lost.rows).toEqual([]);
  type List = { groups: Group[]; totalCount: number };
  const { groups, totalCount } = (await ask<List>('GET', '/groups?limit=1000')).body;
  expect(groups).toHaveLength(totalCount);
});
