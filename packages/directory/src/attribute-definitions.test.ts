import { ATTRIBUTE_TYPES } from '@usher/contracts';
import { expect, test } from 'vitest';
import {
  createAttributeDefinition,
  deleteAttributeDefinition,
  listAttributeDefinitions,
} from './attribute-definitions.ts';
import { changeGroup } from './change-group.ts';
import { createGroup } from './create-group.ts';
import { anOrganization, useDatabase } from './fixtures.ts';

const use = useDatabase();

const optionsOf = (type: string) => (/single|multiple/.test(type) ? ['a', 'b'] : []);

test('definitions of every type are listed as they were made, oldest first', async () => {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const made = [];
  for (const [index, type] of ATTRIBUTE_TYPES.entries()) {
    const wanted = { name: `the ${type}`, type, options: optionsOf(type), required: index % 2 > 0 };
    const definition = await createAttributeDefinition(use.db, orgId, wanted);
    expect(definition).toMatchObject({ ...wanted, number: expect.any(Number) });
    made.push(definition);
  }
  expect(await listAttributeDefinitions(use.db, orgId)).toEqual(made);
});

test.each([
  ['single', [], 'Options of a single attribute cannot be empty'],
  ['multiple', [], 'Options of a multiple attribute cannot be empty'],
  ['text', ['a'], 'An attribute of type text has no options'],
  ['multiple', ['a', 'b', 'a'], 'An option is given twice'],
] as const)('a %s with options %j is refused', async (type, options, message) => {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const wanted = { name: 'region', type, options };
  await expect(createAttributeDefinition(use.db, orgId, wanted)).rejects.toMatchObject({
    code: 'invalid_request',
    details: [{ path: 'options', message }],
  });
  expect(await listAttributeDefinitions(use.db, orgId)).toEqual([]);
});

test('of many who define one name at once exactly one does; other organizations are free to', async () => {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const wanted = { name: 'region', type: 'text' } as const;
  const settled = await Promise.allSettled(
    Array.from({ length: 8 }, () => createAttributeDefinition(use.db, orgId, wanted)),
  );
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const each of settled) {
    if (each.status === 'fulfilled') continue;
    expect(each.reason).toMatchObject({ code: 'invalid_request', details: [{ path: 'name' }] });
  }
  const other = await anOrganization(use.db, { count: 0 });
  await createAttributeDefinition(use.db, other.orgId, wanted);
});

test('what groups have under the name of a deleted definition stays, and is text from then on', async () => {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const wanted = { name: 'size', type: 'number' } as const;
  const { number } = await createAttributeDefinition(use.db, orgId, wanted);
  const { id } = await createGroup(use.db, orgId, { name: 'G', attributes: { size: 5 } });
  await deleteAttributeDefinition(use.db, orgId, number);
  expect(await listAttributeDefinitions(use.db, orgId)).toEqual([]);
  const renamed = await changeGroup(use.db, orgId, id, { name: 'H' });
  expect(renamed.attributes).toEqual({ size: 5 });
  const sized = await changeGroup(use.db, orgId, id, { attributes: { size: 'large' } });
  expect(sized.attributes).toEqual({ size: 'large' });
});

test("another organization's definition, an unknown and an impossible number are not found", async () => {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const made = await createAttributeDefinition(use.db, orgId, { name: 'n', type: 'text' });
  const other = await anOrganization(use.db, { count: 0 });
  for (const [org, number] of [
    [other.orgId, made.number],
    [orgId, 2 ** 40],
    [orgId, 1e21],
    [orgId, 1.5],
  ] as const) {
    await expect(deleteAttributeDefinition(use.db, org, number)).rejects.toMatchObject({
      code: 'not_found',
    });
  }
  expect(await listAttributeDefinitions(use.db, orgId)).toEqual([made]);
});

test('an organization has two hundred attributes at most, with options of 32,768 characters each', async () => {
  const { orgId } = await anOrganization(use.db, { count: 0 });
  const define = (name: string, options: string[] = []) => {
    const type = options.length > 0 ? 'single' : 'text';
    return createAttributeDefinition(use.db, orgId, { name, type, options });
  };
  const refused = (path: string, message: RegExp) => ({
    code: 'invalid_request',
    details: [{ path, message: expect.stringMatching(message) }],
  });
  const long = (count: number) =>
    Array.from({ length: count }, (_, n) => String(n).padStart(256, 'x'));
  await expect(define('long', long(129))).rejects.toMatchObject(refused('options', /32768/));
  await define('long', long(128));
  for (let made = 1; made < 200; made += 1) await define(`attribute ${made}`);
  await expect(define('one more')).rejects.toMatchObject(refused('name', /200/));
  expect(await listAttributeDefinitions(use.db, orgId)).toHaveLength(200);
});
