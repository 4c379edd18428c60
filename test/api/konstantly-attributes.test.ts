import { newId } from '@usher/db';
import { expect, test } from 'vitest';
import {
  api,
  ask,
  aUser,
  change,
  create,
  foreignGroup,
  NO_IDS,
  type Group,
} from './use-konstantly.ts';

interface Definition {
  id: number;
  name: string;
}

const define = (json: object) => ask<Definition>('POST', '/group-attributes', { json });
const invalid = (errors: object) => [400, { status: 400, message: 'Validation failed', errors }];

test('an attribute is defined, listed and deleted', async () => {
  const name = newId();
  const { status, body } = await define({ name, type: 'single', options: ['EU', 'US'] });
  expect(status).toBe(200);
  const wanted = { id: body.id, name, type: 'single', options: ['EU', 'US'], required: false };
  expect(body).toEqual(wanted);
  type List = { attributes: Definition[]; totalCount: number };
  const list = async () => (await ask<List>('GET', '/group-attributes')).body;
  const before = await list();
  expect(before.attributes).toContainEqual(wanted);
  expect(before.totalCount).toBe(before.attributes.length);
  const deleted = await ask('DELETE', `/group-attributes/${body.id}`);
  expect([deleted.status, deleted.body]).toEqual([200, '']);
  expect((await list()).attributes).not.toContainEqual(wanted);
});

test.each<[field: string, json: object]>([
  ['name', { name: '' }],
  ['type', { type: 'color' }],
  ['options', { type: 'single' }],
  ['options', { type: 'text', options: ['a'] }],
  ['options.0', { type: 'single', options: [1] }],
  ['required', { required: 'yes' }],
])('a definition whose %s is wrong is a 400 that names it: %o', async (field, json) => {
  const { status, body } = await define({ name: newId(), type: 'text', ...json });
  expect([status, body]).toEqual(invalid({ [field]: [expect.any(String)] }));
});

test('two attributes of one name are a 400', async () => {
  const name = newId();
  await define({ name, type: 'text' });
  const { status, body } = await define({ name, type: 'text' });
  expect([status, body]).toEqual(invalid({ name: [expect.any(String)] }));
});

test('what is no attribute cannot be deleted: a 404', async () => {
  for (const id of NO_IDS) {
    const { status, body } = await ask('DELETE', `/group-attributes/${id}`);
    expect([status, body]).toEqual([404, { status: 404, message: 'Group attribute not found' }]);
  }
});

test('a value that its definition does not allow is a 400 by its name, and nothing changes', async () => {
  const region = newId();
  await define({ name: region, type: 'single', options: ['EU', 'US'] });
  const made = await create({ attributes: { [region]: 'EU' } });
  expect(made.body.attributes).toEqual({ [region]: 'EU' });
  const attributes = { [region]: 'Mars', other: 'x' };
  const { status, body } = await change(made.body.id, { name: 'New', attributes });
  const message = `Invalid ${region} specified`;
  expect([status, body]).toEqual(invalid({ [`attributes.${region}`]: [message] }));
  expect((await ask('GET', `/groups/${made.body.id}`)).body).toEqual(made.body);
});

test('a required attribute cannot be cleared; a group whose client knows of none is made without', async () => {
  const name = newId();
  const { body: definition } = await define({ name, type: 'text', required: true });
  const made = await create();
  expect(made.status).toBe(200);
  for (const unset of [null, {}]) {
    const json = { name: 'N', attributes: unset };
    expect((await ask('POST', '/groups', { json })).status).toBe(200);
  }
  const { status, body } = await change(made.body.id, { name: 'N', attributes: { [name]: null } });
  expect([status, body]).toEqual(invalid({ [`attributes.${name}`]: [expect.any(String)] }));
  await ask('DELETE', `/group-attributes/${definition.id}`);
});

test('a user is added to groups, and answered those groups', async () => {
  const user = await aUser();
  const ids = [(await create()).body.id, (await create()).body.id];
  const add = () =>
    ask<{ groups: Group[] }>('POST', `/users/${user}/groups`, {
      json: { groups: [...ids, ids[0]] },
    });
  const { status, body } = await add();
  expect(status).toBe(200);
  expect(body.groups.map(({ id, usersCount }) => [id, usersCount])).toEqual(
    ids.map((id) => [id, 1]),
  );
  expect((await add()).body).toEqual(body);
});

test('a group that is none keeps the user out of all: a 400', async () => {
  const user = await aUser();
  const { id } = (await create()).body;
  for (const bad of [999_999_999, await foreignGroup(), 2 ** 53, 'x', 1.5]) {
    const { status, body } = await ask('POST', `/users/${user}/groups`, {
      json: { groups: [id, bad] },
    });
    expect([status, body]).toEqual(invalid({ 'groups.1': [expect.any(String)] }));
  }
  expect((await ask('GET', `/groups/${id}`)).body.usersCount).toBe(0);
});

test.each([{}, { groups: null }, { groups: 1 }])(
  'groups that are no list, %o, are a 400',
  async (json) => {
    const { status, body } = await ask('POST', `/users/${await aUser()}/groups`, { json });
    expect([status, body]).toEqual(invalid({ groups: [expect.any(String)] }));
  },
);

test('what is no user is a 404', async () => {
  const json = { groups: [(await create()).body.id] };
  const theirs = ask('POST', `/users/${await aUser()}/groups`, { key: api.partner.key, json });
  expect((await theirs).status).toBe(404);
  for (const id of NO_IDS) {
    const { status, body } = await ask('POST', `/users/${id}/groups`, { json });
    expect([status, body]).toEqual([404, { status: 404, message: 'User not found' }]);
  }
});
