import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSystem, type System } from '../../support/system.ts';
import { waitFor } from '../../support/wait-for.ts';
import { CLIENTS, type Client } from './clients.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ websites: 1 });
});
afterAll(() => system.close());

describe.each(CLIENTS)('a client in %s', (language, start) => {
  let client: Client;
  beforeAll(() => {
    client = start(system.apis[0]?.url as string, system.tenant.key);
  });
  afterAll(() => client.close());

  const person = (name: string, email: string | null = `${name}.${language}@connect.example`) => ({
    reference_id: `${language}/${name}`,
    first_name: name,
    last_name: 'Lee',
    email,
  });
  const done = (group: string, request: string) =>
    waitFor('the sync', async () => {
      const sync = await client.retrieveSync(group, request);
      return sync.completed_at === null ? undefined : sync;
    });

  test('sends its roster, polls with the receipt, and reads who came, who went and who failed', async () => {
    const group = await client.createGroup('Roster', `roster of ${language}`);
    const receipt = await client.syncMembers(group.id, [person('Ann'), person('Bo', null)]);
    expect(receipt).toEqual({
      request_id: expect.stringMatching(/^grpmsr_[\w-]{22}$/),
      group_id: group.id,
      accepted_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    const first = await done(group.id, receipt.request_id);
    expect(first).toEqual({
      ...receipt,
      completed_at: expect.stringMatching(/^\d{4}-.*Z$/),
      results: {
        added_group_member_ids: [1, 2].map(() => expect.stringMatching(/^grpm_[\w-]{22}$/)),
        removed_group_member_ids: [],
        failures: [],
      },
    });
    const next = await client.syncMembers(group.id, [person('Bo', null), person('Cy', 'nowhere')]);
    const second = await done(group.id, next.request_id);
    expect(first.results?.added_group_member_ids).toEqual(
      expect.arrayContaining(second.results?.removed_group_member_ids ?? ['none']),
    );
    expect(second.results).toEqual({
      added_group_member_ids: [],
      removed_group_member_ids: [expect.any(String)],
      failures: [
        {
          reference_id: `${language}/Cy`,
          operation: 'add',
          reason: 'email must be an email address',
        },
      ],
    });
  });

  test('of two rosters sent at once, the later accepted is what the other surfaces see', async () => {
    const group = await client.createGroup('Twice', `twice of ${language}`);
    const rosters = [[person('Dee')], [person('Ed'), person('Flo')]];
    const receipts = await Promise.all(
      rosters.map((members) => client.syncMembers(group.id, members)),
    );
    for (const { request_id } of receipts) await done(group.id, request_id);
    const { rows, last } = await latest(
      group.name,
      receipts.map(({ request_id }) => request_id),
    );
    const wanted = rosters[last]?.map(({ reference_id }) => reference_id);
    expect(rows).toEqual(wanted);
    const { groups } = (await system.call('GET', '/openapi/v1/groups')).body;
    const seen = groups.find((each: { name: string }) => each.name === 'Twice');
    expect(seen.usersCount).toBe(wanted?.length);
    await client.updateGroup(group.id, { name: `${group.name} of ${language}` });
  });
});

/** Who is on the roster of the group of that name, and which of the requests was accepted last. */
async function latest(name: string, requestIds: readonly string[]) {
  const rows = await system.db
    .selectFrom('roster_members')
    .innerJoin('groups', 'groups.id', 'roster_members.group_id')
    .select('reference_id')
    .where('groups.name', '=', name)
    .orderBy('reference_id')
    .execute();
  const { job_id } = await system.db
    .selectFrom('roster_syncs')
    .innerJoin('groups', 'groups.id', 'roster_syncs.group_id')
    .select('job_id')
    .where('groups.name', '=', name)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  const id = `grpmsr_${Buffer.from(job_id.replaceAll('-', ''), 'hex').toString('base64url')}`;
  return { rows: rows.map(({ reference_id }) => reference_id), last: requestIds.indexOf(id) };
}
