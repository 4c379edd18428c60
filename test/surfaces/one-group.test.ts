import { newId } from '@usher/db';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from './surface.ts';
import { aGroup, api, aTenant, contentOf, create, must, send, updatedAt } from './use-tenants.ts';
import { ATHENA, CONNECT, KONSTANTLY, rowOf, VERBS } from './verbs.ts';

const NOT_FOUND = { status: 404, code: 'not_found', words: 'Group not found' };

describe.each(VERBS)('on $surface.name', (verbs) => {
  test('a group that Konstantly deleted is not found, and in no list', async () => {
    const tenant = await aTenant();
    const [gone, kept] = [await aGroup(tenant), await aGroup(tenant, { externalId: null })];
    const deleted = await must(tenant, KONSTANTLY, {
      method: 'DELETE',
      path: `/groups/${gone.number}`,
    });
    expect([deleted.status, deleted.body]).toEqual([200, '']);
    const id = verbs.idOf(gone);
    for (const request of [verbs.get(id), verbs.change(id, { name: 'Back' })]) {
      expectRefusal(verbs.surface, await send(tenant, verbs, request), NOT_FOUND);
    }
    if (verbs === CONNECT) {
      const path = `/groups/${id}/members/sync`;
      const sync = { method: 'POST', path, json: { members: [] } };
      expectRefusal(verbs.surface, await send(tenant, verbs, sync), NOT_FOUND);
    }
    const { body } = await must(tenant, verbs, verbs.list());
    expect(verbs.groups(body).map((group) => group.id)).toEqual([verbs.idOf(kept)]);
  });

  test('groups of all surfaces are listed together, oldest first', async () => {
    const tenant = await aTenant();
    const ids: Array<string | number> = [];
    for (const maker of [KONSTANTLY, CONNECT, ATHENA, CONNECT, KONSTANTLY]) {
      const reference = maker === KONSTANTLY ? undefined : `ref-${ids.length}`;
      ids.push(verbs.idOf(await create(tenant, maker, { name: 'Nord', reference })));
    }
    const { body } = await must(tenant, verbs, verbs.list());
    expect(verbs.groups(body).map((group) => group.id)).toEqual(ids);
  });
});

const REFERRING = [ATHENA, CONNECT];
describe.each(REFERRING)('a reference that a group has, given by $surface.name', (verbs) => {
  test.each(REFERRING)(
    'to a group of $surface.name is refused with the same holder',
    async (maker) => {
      const tenant = await aTenant();
      const holder = await create(tenant, maker, { name: 'Holder', reference: 'taken' });
      const group = await aGroup(tenant);
      const before = [await contentOf(holder), await contentOf(group)];
      const refusal = {
        status: 409,
        code: 'external_id_in_use',
        words: verbs === CONNECT ? `(${CONNECT.idOf(holder)})` : 'external id',
        ...(verbs === ATHENA && { existing: { type: 'group', id: holder.id, name: 'Holder' } }),
      };
      for (const request of [
        verbs.create({ name: 'New', reference: ' taken', websiteIds: tenant.websiteIds }),
        verbs.change(verbs.idOf(group), { name: 'Else', [verbs.referenceField!]: 'taken' }),
      ]) {
        expectRefusal(verbs.surface, await send(tenant, verbs, request), refusal);
      }
      expect([await contentOf(holder), await contentOf(group)]).toEqual(before);
      const { body } = await must(tenant, verbs, verbs.list());
      expect(verbs.groups(body)).toHaveLength(2);
    },
  );
});

test('a reference that one surface cleared is "" on Connect, and free for the next group', async () => {
  const tenant = await aTenant();
  const group = await create(tenant, CONNECT, { name: 'First', reference: 'free' });
  await must(tenant, ATHENA, ATHENA.change(group.id, { external_id: null }));
  const { body } = await must(tenant, CONNECT, CONNECT.get(CONNECT.idOf(group)));
  expect(body).toMatchObject({ data: { external_reference_id: '' } });
  const next = await create(tenant, CONNECT, { name: 'Second', reference: 'free' });
  expect((await contentOf(next)).external_id).toBe('free');
});

test('the reference of a group that was deleted is free for the next one', async () => {
  const tenant = await aTenant();
  const { number } = await aGroup(tenant, { externalId: 'free' });
  await must(tenant, KONSTANTLY, { method: 'DELETE', path: `/groups/${number}` });
  const next = await create(tenant, ATHENA, { name: 'Next', reference: 'free' });
  expect((await contentOf(next)).external_id).toBe('free');
});

test('of three surfaces that claim one reference for their groups at once one gets it', async () => {
  const tenant = await aTenant();
  const [first, second] = [await aGroup(tenant), await aGroup(tenant, { externalId: null })];
  const answers = await Promise.all([
    send(tenant, ATHENA, ATHENA.change(first.id, { external_id: 'raced' })),
    send(tenant, CONNECT, CONNECT.change(CONNECT.idOf(second), { external_reference_id: 'raced' })),
    send(tenant, CONNECT, CONNECT.create({ name: 'New', reference: 'raced', websiteIds: [] })),
  ]);
  const refused = answers.filter(({ status }) => status === 409);
  expect([refused.length, answers.length - refused.length]).toEqual([2, 1]);
  const path = '/groups?external_reference_id=raced';
  const { body } = await must(tenant, CONNECT, { method: 'GET', path });
  expect(CONNECT.groups(body)).toHaveLength(1);
});

test('one Idempotency-Key on three surfaces is three requests', async () => {
  const tenant = await aTenant();
  const headers = { 'idempotency-key': 'one' };
  const ids = new Set<string>();
  for (const maker of VERBS) {
    const reference = maker === KONSTANTLY ? undefined : maker.surface.name;
    const wanted = { name: 'Nord', reference, websiteIds: tenant.websiteIds };
    for (const replayed of [null, 'true']) {
      const answer = await must(tenant, maker, { ...maker.create(wanted), headers });
      expect(answer.headers.get('idempotent-replayed')).toBe(replayed);
      ids.add((await rowOf(api, maker, maker.group(answer.body).id)).id);
    }
  }
  expect(ids.size).toBe(3);
});

test('Athena and Konstantly count the same websites, whoever made the group', async () => {
  const tenant = await aTenant();
  const group = await create(tenant, CONNECT, { name: 'Nord', reference: 'r' });
  for (const [change, count] of [
    [undefined, 0],
    [{ add_website_ids: tenant.websiteIds }, 4],
    [{ remove_website_ids: tenant.websiteIds.slice(0, 1) }, 3],
    [{ remove_website_ids: tenant.websiteIds }, 0],
  ] as const) {
    if (change) await must(tenant, ATHENA, ATHENA.change(group.id, change));
    for (const reader of [ATHENA, KONSTANTLY]) {
      const { body } = await must(tenant, reader, reader.get(reader.idOf(group)));
      expect(reader.group(body).websites).toBe(count);
      const { body: all } = await must(tenant, reader, reader.list());
      expect(reader.groups(all).map(({ websites }) => websites)).toEqual([count]);
    }
  }
});

test('three surfaces that change one group at once lose nothing of each other', async () => {
  const tenant = await aTenant();
  const group = await aGroup(tenant, { websiteIds: [], attributes: {} });
  const before = await updatedAt(tenant, group);
  for (const [round, websiteId] of tenant.websiteIds.entries()) {
    await Promise.all([
      must(tenant, ATHENA, ATHENA.change(group.id, { add_website_ids: [websiteId] })),
      must(
        tenant,
        CONNECT,
        CONNECT.change(CONNECT.idOf(group), { external_reference_id: `ref-${round}-new` }),
      ),
      ...['north', 'south', 'east', 'west'].map((word) =>
        must(
          tenant,
          KONSTANTLY,
          KONSTANTLY.change(group.number, {
            name: 'Nord',
            description: `In round ${round}`,
            attributes: { [`${word}-${round}`]: word },
          }),
        ),
      ),
    ]);
    const { attributes, ...row } = await contentOf(group);
    expect(row).toMatchObject({
      name: 'Nord',
      external_id: `ref-${round}-new`,
      description: `In round ${round}`,
    });
    expect(Object.keys(attributes)).toHaveLength((round + 1) * 4);
    const { body } = await must(tenant, ATHENA, ATHENA.get(group.id));
    expect(ATHENA.group(body).websites).toBe(round + 1);
  }
  expect(Date.parse(await updatedAt(tenant, group))).toBeGreaterThan(Date.parse(before));
});

test('of three names given at once one stays, and the log tells how each came and went', async () => {
  const tenant = await aTenant();
  const group = await aGroup(tenant);
  const names = VERBS.map(({ surface }) => surface.name);
  await Promise.all(
    VERBS.map((verbs) =>
      must(tenant, verbs, verbs.change(verbs.idOf(group), { name: verbs.surface.name })),
    ),
  );
  const { body } = await must(tenant, ATHENA, {
    method: 'GET',
    path: '/audit-log?action=group.update',
  });
  const { entries } = body as {
    entries: Array<{ before: { name: string }; after: { name: string } }>;
  };
  // Each found what another one left.
  const steps = new Map(entries.map(({ before, after }) => [before.name, after.name]));
  let name = 'Nord';
  for (let next = steps.get(name); next !== undefined; next = steps.get(name)) {
    steps.delete(name);
    name = next;
  }
  expect([steps.size, entries.length]).toEqual([0, names.length]);
  expect((await contentOf(group)).name).toBe(name);
});

test('a group that goes while all surfaces change it is changed or not found, and no server error', async () => {
  const tenant = await aTenant();
  const { number: user } = await api.db
    .insertInto('users')
    .values({ id: newId(), org_id: tenant.id, email: 'ann@example.com' })
    .returning('number')
    .executeTakeFirstOrThrow();
  // Where it is named in a body, a group that is not found is a 400.
  const allowed = new Set([200, 202, 400, 404]);
  for (let round = 0; round < 15; round += 1) {
    const [parent, group] = [
      await aGroup(tenant, { externalId: null }),
      await aGroup(tenant, { externalId: null }),
    ];
    const child = await aGroup(tenant, { externalId: null, parentNumber: group.number });
    const { number } = group;
    const joining = { method: 'POST', path: `/users/${user}/groups`, json: { groups: [number] } };
    const connectId = CONNECT.idOf(group);
    const json = { members: [] };
    const answers = await Promise.all([
      send(tenant, ATHENA, ATHENA.change(group.id, { add_website_ids: tenant.websiteIds })),
      send(tenant, CONNECT, CONNECT.change(connectId, { external_reference_id: `at-${round}` })),
      send(tenant, CONNECT, { method: 'POST', path: `/groups/${connectId}/members/sync`, json }),
      send(tenant, KONSTANTLY, { method: 'DELETE', path: `/groups/${number}` }),
      send(
        tenant,
        KONSTANTLY,
        KONSTANTLY.change(number, { name: 'Moved', parentId: parent.number }),
      ),
      send(tenant, ATHENA, ATHENA.change(child.id, { name: 'Child' })),
      send(tenant, CONNECT, CONNECT.get(connectId)),
      send(tenant, KONSTANTLY, joining),
    ]);
    for (const { status, body } of answers) {
      expect(allowed.has(status), `${status}: ${JSON.stringify(body)}`).toBe(true);
    }
    for (const verbs of VERBS) {
      expect((await send(tenant, verbs, verbs.get(verbs.idOf(group)))).status).toBe(404);
    }
    expect(await contentOf(child)).toMatchObject({ name: 'Child', parent_id: null });
  }
});
