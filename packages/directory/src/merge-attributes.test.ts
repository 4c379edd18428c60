import { newId } from '@usher/db';
import { expect, test } from 'vitest';
import { createAttributeDefinition, type NewAttributeDefinition } from './attribute-definitions.ts';
import { changeGroup } from './change-group.ts';
import { assertNewGroup, createGroup } from './create-group.ts';
import { findGroup } from './find-groups.ts';
import { anOrganization, useDatabase } from './fixtures.ts';

const use = useDatabase();

const REGION = { name: 'region', type: 'single', options: ['EMEA', 'APAC'] } as const;

async function defined(...definitions: NewAttributeDefinition[]) {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  for (const each of definitions) await createAttributeDefinition(use.db, orgId, each);
  const make = (attributes?: Record<string, unknown>) =>
    createGroup(use.db, orgId, { name: 'G', attributes });
  return { orgId, make };
}

const refusal = (...details: Array<[name: string, message: string]>) => ({
  code: 'invalid_request',
  details: details.map(([name, message]) => ({ path: `attributes.${name}`, message })),
});

test('attributes are merged by key: others stay, null clears one, and none is the same again', async () => {
  const { orgId, make } = await defined(REGION);
  const { id } = await make({ region: 'EMEA', color: 'red', size: 'L' });
  const changed = await changeGroup(use.db, orgId, id, {
    attributes: { region: 'APAC', color: null, shape: 'round', unknown: null },
  });
  expect(changed.attributes).toEqual({ region: 'APAC', size: 'L', shape: 'round' });
  expect(await findGroup(use.db, orgId, id)).toEqual(changed);
  const again = { attributes: { shape: 'round', region: 'APAC', color: null } };
  expect(await changeGroup(use.db, orgId, id, again)).toEqual(changed);
  expect(await changeGroup(use.db, orgId, id, { attributes: {} })).toEqual(changed);
});

test('what is wrong is told for each attribute by its name, and nothing changes', async () => {
  const { orgId, make } = await defined(
    REGION,
    { name: 'since', type: 'date' },
    { name: 'size', type: 'number', required: true },
  );
  const group = await make({ size: 1 });
  const attributes = { region: 'Mars', since: 'today', size: null, color: 5, fine: 'yes' };
  await expect(changeGroup(use.db, orgId, group.id, { attributes })).rejects.toMatchObject(
    refusal(
      ['region', 'Invalid region specified'],
      ['since', 'Invalid since specified: it must be a date: YYYY-MM-DD'],
      ['size', 'size is required'],
      ['color', 'Invalid color specified: it must be text'],
    ),
  );
  expect(await findGroup(use.db, orgId, group.id)).toEqual(group);
});

test('what is required must be there when a group is made with attributes, and cannot be cleared', async () => {
  const { orgId, make } = await defined(
    { ...REGION, required: true },
    { name: 'note', type: 'text', required: true },
  );
  const both = refusal(['region', 'region is required'], ['note', 'note is required']);
  for (const none of [{}, { region: null, note: ' ' }]) {
    await expect(make(none)).rejects.toMatchObject(both);
    await expect(assertNewGroup(use.db, orgId, { attributes: none })).rejects.toMatchObject(both);
  }
  const { id, attributes } = await make({ region: 'EMEA', note: 'n' });
  for (const note of [null, '', '  ']) {
    await expect(changeGroup(use.db, orgId, id, { attributes: { note } })).rejects.toMatchObject(
      refusal(['note', 'note is required']),
    );
  }
  // Whoever says nothing of them changes the rest.
  const renamed = await changeGroup(use.db, orgId, id, { name: 'H', attributes: { x: 'y' } });
  expect(renamed).toMatchObject({ name: 'H', attributes: { ...attributes, x: 'y' } });
});

test('whoever knows nothing of attributes makes groups without those that are required', async () => {
  const { orgId, make } = await defined({ ...REGION, required: true });
  const { id, attributes } = await make();
  expect(attributes).toEqual({});
  // Nor is what is missing asked for when others are given.
  const changed = await changeGroup(use.db, orgId, id, { attributes: { color: 'red' } });
  expect(changed.attributes).toEqual({ color: 'red' });
});

test('a user is one of the organization', async () => {
  const { orgId, make } = await defined({ name: 'owner', type: 'user' });
  const stranger = (await anOrganization(use.db, { count: 0 })).orgId;
  const numberOf = async (org: string) =>
    (
      await use.db
        .insertInto('users')
        .values({ id: newId(), org_id: org, email: `${newId()}@example.com` })
        .returning('number')
        .executeTakeFirstOrThrow()
    ).number;
  const [own, theirs] = [await numberOf(orgId), await numberOf(stranger)];
  expect((await make({ owner: own })).attributes).toEqual({ owner: own });
  await expect(make({ owner: theirs })).rejects.toMatchObject(
    refusal(['owner', 'Invalid owner specified: there is no such user']),
  );
});

test('another organization’s definitions say nothing', async () => {
  await defined({ ...REGION, required: true });
  const { make } = await defined();
  expect((await make({ region: 'Mars' })).attributes).toEqual({ region: 'Mars' });
});

test('names are what they look like: two spellings are one, and odd ones are names too', async () => {
  const { make } = await defined({ name: 'Région', type: 'number' });
  expect((await make({ 'Re\u0301gion ': 5 })).attributes).toEqual({ Région: 5 });
  const odd = JSON.parse('{"__proto__": "p", "constructor": "c", "a.b": "d"}') as object;
  const { attributes } = await make({ ...odd });
  expect(Object.keys(attributes).toSorted()).toEqual(Object.keys(odd).toSorted());
  expect(attributes).toEqual({ ...odd });
});

test.each([[''], ['  '], ['a\u0000b'], ['x'.repeat(256)]])('%j is no name', async (name) => {
  const { make } = await defined();
  await expect(make({ [name]: 'x' })).rejects.toMatchObject({
    details: [
      { path: `attributes.${name.slice(0, 255)}`, message: expect.stringMatching(/1 to 255/) },
    ],
  });
});

test('a group has a hundred attributes at most, however they come', async () => {
  const { orgId, make } = await defined();
  const many = (count: number, word: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`${word}${n}`, 'x']));
  const tooMany = { code: 'invalid_request', details: [{ path: 'attributes' }] };
  await expect(make(many(101, 'a'))).rejects.toMatchObject(tooMany);
  const { id } = await make(many(100, 'a'));
  const one = changeGroup(use.db, orgId, id, { attributes: { b: 'x' } });
  await expect(one).rejects.toMatchObject(tooMany);
  await changeGroup(use.db, orgId, id, { attributes: { b: 'x', a0: null } });
});

test('the attributes of a group are 32,768 characters at most, however they come', async () => {
  const { orgId, make } = await defined();
  const many = (count: number, word: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`${word}${n}`, 'x'.repeat(2_000)]));
  const tooLong = {
    code: 'invalid_request',
    details: [{ path: 'attributes', message: expect.stringContaining('32768') }],
  };
  await expect(make(many(17, 'a'))).rejects.toMatchObject(tooLong);
  const group = await make(many(16, 'a'));
  const change = (attributes: Record<string, unknown>) =>
    changeGroup(use.db, orgId, group.id, { attributes });
  await expect(change(many(1, 'b'))).rejects.toMatchObject(tooLong);
  expect(await findGroup(use.db, orgId, group.id)).toEqual(group);
  await change({ ...many(1, 'b'), a0: null });
});
