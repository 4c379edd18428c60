import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { api, ask, change, create, foreignGroup, NO_IDS, type Group } from './use-konstantly.ts';

const notFound = [404, { status: 404, message: 'Group not found' }];
const invalid = (errors: object) => [400, { status: 400, message: 'Validation failed', errors }];

test('a group is made of a name alone, and answers every key', async () => {
  const { status, body } = await create({ name: ' North ', color: 'red' });
  expect(status).toBe(200);
  expect(body).toEqual({
    id: expect.any(Number),
    parentId: null,
    name: 'North',
    usersCount: 0,
    coursesCount: 0,
    description: null,
    attributes: {},
    image: null,
  });
  const read = await ask('GET', `/groups/${body.id}`);
  expect([read.status, read.body]).toEqual([200, body]);
});

test('a group is made below another, with what else its clients send', async () => {
  const parent = (await create()).body.id;
  const description = 'Two\nlines';
  const sent = { parentId: parent, description, attributes: { region: 'EU' } };
  const { status, body } = await create(sent);
  expect(status).toBe(200);
  expect(body).toMatchObject(sent);
});

test('fields that a client does not set, and sends as null, are as good as left out', async () => {
  const sent = { parentId: null, description: null, attributes: null };
  const { status, body } = await create(sent);
  expect(status).toBe(200);
  expect(body).toMatchObject({ parentId: null, description: null, attributes: {} });
});

test('groups are counted, and listed oldest first, twenty at a time', async () => {
  for (let made = 0; made < 21; made += 1) await create();
  type List = { groups: Group[]; totalCount: number };
  const list = async (query = '') => (await ask<List>('GET', `/groups${query}`)).body;
  const first = await list();
  expect(first.groups).toHaveLength(20);
  expect(await list('?offset=&limit=')).toEqual(first);
  const all = await list('?limit=100000');
  expect(all.groups).toHaveLength(all.totalCount);
  expect(all.groups.slice(0, 20)).toEqual(first.groups);
  expect((await list('?offset=2&limit=3')).groups).toEqual(all.groups.slice(2, 5));
  const past = await list(`?offset=${all.totalCount}`);
  expect(past).toEqual({ groups: [], totalCount: all.totalCount });
});

test.each([
  'offset=-1',
  'offset=x',
  'offset=1.5',
  'limit=0',
  'limit=-1',
  'limit=1&limit=2',
  'limit=0x10',
  'limit=1e2',
])('the query %s is a 400 that names the parameter', async (query) => {
  const { status, body } = await ask('GET', `/groups?${query}`);
  const field = query.split('=')[0] as string;
  expect([status, body]).toEqual(invalid({ [field]: [expect.any(String)] }));
});

test('a change keeps what is left out, and clears what is null', async () => {
  const parent = (await create()).body.id;
  const attributes = { region: 'EU', tier: 'gold' };
  const { id } = (await create({ parentId: parent, description: 'Old', attributes })).body;
  const renamed = await change(id, { name: 'South' });
  expect(renamed.status).toBe(200);
  expect(renamed.body).toMatchObject({
    name: 'South',
    parentId: parent,
    description: 'Old',
    attributes,
  });
  const cleared = await change(id, {
    name: 'South',
    parentId: null,
    description: null,
    attributes: { region: null, size: 'small' },
  });
  expect(cleared.body).toMatchObject({ parentId: null, description: null });
  expect(cleared.body.attributes).toEqual({ tier: 'gold', size: 'small' });
});

test('null in place of all attributes leaves them', async () => {
  const { id } = (await create({ attributes: { region: 'EU' } })).body;
  const { body } = await change(id, { name: 'North', attributes: null });
  expect(body.attributes).toEqual({ region: 'EU' });
});

test.each([{}, { name: null }, { name: '' }, { name: ' \t' }])(
  'the name of %o is blank: a 400, for a new group and for an old one',
  async (json) => {
    const { id } = (await create()).body;
    const refusal = invalid({ name: ['Name cannot be empty'] });
    const made = await ask('POST', '/groups', { json });
    expect([made.status, made.body]).toEqual(refusal);
    const changed = await change(id, json);
    expect([changed.status, changed.body]).toEqual(refusal);
    expect((await ask('GET', `/groups/${id}`)).body.name).toBe('North');
  },
);

test.each<[field: string, json: object]>([
  ['name', { name: 7 }],
  ['name', { name: 'x'.repeat(256) }],
  ['parentId', { parentId: 'one' }],
  ['parentId', { parentId: 1.5 }],
  ['parentId', { parentId: 2 ** 53 }],
  ['parentId', { parentId: 999_999_999 }],
  ['description', { description: 5 }],
  ['description', { description: 'a\u0000' }],
  ['attributes', { attributes: [] }],
  ['attributes.region', { attributes: { region: { name: 'EU' } } }],
])('a wrong %s is a 400 that names it alone: %o', async (field, json) => {
  const { status, body } = await create(json);
  expect([status, body]).toEqual(invalid({ [field]: [expect.any(String)] }));
});

test('what attributes must be is said in words', async () => {
  for (const attributes of [[], 'x', 5]) {
    const { body } = await create({ attributes });
    expect(body).toMatchObject({ errors: { attributes: ['must be an object'] } });
  }
});

test('a body that is no object is a 400 without fields', async () => {
  const { status, body } = await ask('POST', '/groups', { json: [] });
  expect([status, body]).toEqual([400, { status: 400, message: expect.any(String) }]);
});

test("a parent that is another organization's, the group itself or below it is a 400", async () => {
  const { id } = (await create()).body;
  const child = (await create({ parentId: id })).body.id;
  for (const parentId of [await foreignGroup(), id, child]) {
    const { status, body } = await change(id, { name: 'North', parentId });
    expect([status, body]).toEqual(invalid({ parentId: [expect.any(String)] }));
  }
  expect((await ask('GET', `/groups/${id}`)).body.parentId).toBeNull();
});

test.each(['GET', 'PATCH', 'DELETE'])('%s of what is no group is a 404', async (method) => {
  const json = method === 'PATCH' ? { name: 'X' } : undefined;
  for (const id of [...NO_IDS, await foreignGroup()]) {
    const { status, body } = await ask(method, `/groups/${id}`, { json });
    expect([id, status, body]).toEqual([id, ...notFound]);
  }
});

test('a deleted group answers 200 with nothing, is gone, and leaves its children without a parent', async () => {
  const { id } = (await create()).body;
  const child = (await create({ parentId: id })).body.id;
  const { status, body, headers } = await ask<string>('DELETE', `/groups/${id}`);
  expect([status, body, headers.get('content-length')]).toEqual([200, '', '0']);
  const again = await ask('DELETE', `/groups/${id}`);
  expect([again.status, again.body]).toEqual(notFound);
  expect((await ask('GET', `/groups/${child}`)).body.parentId).toBeNull();
});

test('of many who delete one group at once one is answered 200, the others that it is not found', async () => {
  const { id } = (await create()).body;
  const child = (await create({ parentId: id })).body.id;
  const answers = await Promise.all(
    Array.from({ length: 8 }, async (_, n) => {
      if (n % 2 === 0) return ask<unknown>('DELETE', `/groups/${id}`);
      return ask<unknown>('PATCH', `/groups/${child}`, { json: { name: 'C', parentId: id } });
    }),
  );
  const deleted = answers.filter((_, n) => n % 2 === 0);
  expect(deleted.map(({ status }) => String(status)).toSorted()).toEqual([
    '200',
    '404',
    '404',
    '404',
  ]);
  for (const { status, body } of answers.filter((_, n) => n % 2 === 1)) {
    if (status === 200) continue;
    expect([status, body]).toEqual(invalid({ parentId: ['Parent group not found'] }));
  }
  expect((await ask('GET', `/groups/${child}`)).body.parentId).toBeNull();
});

test('a client that sends the content type with every request may delete', async () => {
  const { id } = (await create()).body;
  const headers = { 'content-type': 'application/json' };
  expect((await ask('DELETE', `/groups/${id}`, { headers })).status).toBe(200);
});

test('one Idempotency-Key makes one group; another body under it is a 422', async () => {
  const headers = { 'idempotency-key': newId() };
  const make = (name: string) => ask('POST', '/groups', { headers, json: { name } });
  const first = await make('Once');
  const second = await make('Once');
  expect([second.status, second.body]).toEqual([200, first.body]);
  expect(second.headers.get('idempotent-replayed')).toBe('true');
  const other = await make('Twice');
  expect([other.status, other.body]).toEqual([422, { status: 422, message: expect.any(String) }]);
});

test('what changes nothing moves no time and is not in the log', async () => {
  const parent = (await create()).body.id;
  const name = newId();
  await ask('POST', '/group-attributes', { json: { name, type: 'number' } });
  const json = {
    name: ' North ',
    parentId: parent,
    description: 'a\r\nb',
    attributes: { [name]: -0, note: 'Ame\u0301ricas' },
  };
  const { id } = (await create(json)).body;
  const looks = async () => {
    const log = await api.db.selectFrom('audit_log').select('id').execute();
    const { rows } = await sql`select updated_at::text, xmin::text from groups
      where number = ${id}`.execute(api.db);
    return [log.length, ...rows];
  };
  const before = await looks();
  const same = [
    json,
    { name: 'North' },
    { name: 'North', parentId: parent, attributes: {} },
    { name: 'North', attributes: null, image: null, usersCount: null },
    { name: 'North', attributes: { unknown: null } },
  ];
  for (const body of same) {
    // As it came: JSON of ours has no such zero.
    const sent = JSON.stringify(body).replace(`"${name}":0`, `"${name}":-0`);
    const headers = { 'content-type': 'application/json' };
    const answer = await ask('PATCH', `/groups/${id}`, { body: sent, headers });
    expect(answer.status).toBe(200);
  }
  expect(await looks()).toEqual(before);
});

test('websites that Athena put into a group are its courses', async () => {
  const { groupIds, id: orgId } = api.organization;
  const { number } = await api.db
    .selectFrom('groups')
    .select('number')
    .where('org_id', '=', orgId)
    .where('id', '=', groupIds[0] as string)
    .executeTakeFirstOrThrow();
  const { body } = await ask('GET', `/groups/${number}`);
  expect(body).toMatchObject({ id: number, coursesCount: 2 });
});
