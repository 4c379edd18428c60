import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSystem, type Answer, type System } from '../support/system.ts';

const GROUPS = 25;
const MOVES = 500;
const SEED = Number(process.env.USHER_SEED ?? 500);

let system: System;
let groups: number[];
beforeAll(async () => {
  system = await startSystem({ apis: 2, workers: 0, websites: 1 });
  const made = Array.from({ length: GROUPS }, (_, n) =>
    system.call('POST', '/openapi/v1/groups', { body: { name: `Group ${n}` } }),
  );
  groups = (await Promise.all(made)).map(({ body }) => body.id);
});
afterAll(() => system.close());

/** Whole numbers below `most`, the same ones for the same seed. */
function numbers(seed: number): (most: number) => number {
  let state = seed;
  return (most) => (state = (state * 48_271) % 2_147_483_647) % most;
}

/** Move a group, as clients do: what could not be served at the moment is tried again. */
async function move(id: number, parentId: number, api: number): Promise<Answer> {
  for (;;) {
    const answer = await system.call('PATCH', `/openapi/v1/groups/${id}`, {
      body: { name: `Group ${groups.indexOf(id)}`, parentId },
      api: system.apis[api],
    });
    if (answer.status !== 503) return answer;
  }
}

/** Groups from which the way up never ends. */
async function inCycles(): Promise<unknown[]> {
  const { rows } = await sql`
    with recursive way as (
      select id as first, parent_id as next, 1 as steps from groups
      union all
      select first, parent_id, steps + 1 from way join groups on groups.id = way.next
      where steps <= ${GROUPS}
    )
    select first from way where steps > ${GROUPS}`.execute(system.db);
  return rows;
}

test(`${MOVES} moves at once through two APIs leave no cycle, and hold up no other tenant`, async () => {
  const random = numbers(SEED);
  const other = await system.createTenant(1);
  const began = performance.now();
  const moves = Array.from({ length: MOVES }, () =>
    move(groups[random(GROUPS)] as number, groups[random(GROUPS)] as number, random(2)),
  );
  const beside: number[] = [];
  let moving = true;
  const asking = (async () => {
    while (moving) {
      const at = performance.now();
      const { status } = await system.call('GET', '/v1/groups', {
        key: null,
        headers: { authorization: `Bearer ${other.key}` },
      });
      expect(status).toBe(200);
      beside.push(performance.now() - at);
    }
  })();
  const answers = await Promise.all(moves);
  const took = performance.now() - began;
  moving = false;
  await asking;
  const of = (status: number) => answers.filter((answer) => answer.status === status);
  expect(of(200).length + of(400).length).toBe(MOVES);
  for (const { body } of of(400)) expect(Object.keys(body.errors)).toEqual(['parentId']);
  expect(of(200).length).toBeGreaterThan(0);
  expect(of(400).length).toBeGreaterThan(0);
  expect(await inCycles()).toEqual([]);
  // Moves follow one another; nobody else waits for all of them.
  expect(beside.length).toBeGreaterThan(1);
  const longest = Math.max(...beside);
  expect(longest).toBeLessThan(took / 2);
  const median = beside.toSorted((a, b) => a - b)[Math.floor(beside.length / 2)];
  console.log(
    `${of(200).length} moved, ${of(400).length} refused in ${Math.round(took)} ms;`,
    `another tenant asked ${beside.length} times, ${Math.round(median ?? 0)} ms each (median), ${Math.round(longest)} ms at most`,
  );
});
