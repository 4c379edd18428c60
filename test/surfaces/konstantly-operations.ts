import { newId } from '@usher/db';
import { createAttributeDefinition } from '@usher/directory';
import { expect } from 'vitest';
import { KONSTANTLY_PEOPLE } from './konstantly-people.ts';
import type { Absent, Operation, Refused } from './operation.ts';
import { aForeignGroup, aGroup, api, fresh, stranger, tenant } from './use-operations.ts';

const invalid = { status: 400, code: 'invalid_request', words: 'Validation failed' };
const GROUP = {
  id: expect.any(Number),
  parentId: null,
  name: expect.any(String),
  usersCount: 0,
  coursesCount: 0,
  description: null,
  attributes: {},
  image: null,
};
const pathOf = async (made: Promise<{ number: number }> = aGroup()) =>
  `/groups/${(await made).number}`;
const ABSENT: Absent = {
  words: 'Group not found',
  unknown: '/groups/2147483647',
  foreign: () => pathOf(aForeignGroup()),
  malformed: `/groups/${newId()}`,
};
const named = (more: object = {}) => ({ name: fresh('Group'), ...more });

/** A group's fields can be wrong in the same ways where it is made and where it is changed. */
const badFields: Refused[] = [
  ...(
    [
      ['nothing', {}, ['name']],
      ['a blank name', { name: ' ' }, ['name']],
      ['a name that is null', { name: null }, ['name']],
      ['a name of 256 characters', { name: 'n'.repeat(256) }, ['name']],
      ['a number for the name', { name: 7 }, ['name']],
      ['an unknown parent', { name: 'N', parentId: 2_147_483_647 }, ['parentId']],
      ['a word for the parent', { name: 'N', parentId: '1' }, ['parentId']],
      ['half a parent', { name: 'N', parentId: 1.5 }, ['parentId']],
      ['a long description', { name: 'N', description: 'd'.repeat(10_001) }, ['description']],
      ['a list of attributes', { name: 'N', attributes: [] }, ['attributes']],
      [
        'an attribute that is an object',
        { name: 'N', attributes: { a: { b: 1 } } },
        ['attributes.a'],
      ],
      [
        'several at once',
        { name: '', parentId: 'x', description: 1 },
        ['name', 'parentId', 'description'],
      ],
    ] as Array<[string, object, string[]]>
  ).map(([what, json, fields]) => ({ ...invalid, what, fields, send: () => ({ json }) })),
  {
    ...invalid,
    what: "another organization's group as the parent",
    fields: ['parentId'],
    send: async () => ({ json: named({ parentId: (await aForeignGroup()).number }) }),
  },
  {
    ...invalid,
    what: 'a value that its definition does not allow',
    fields: ['attributes.tier'],
    send: async () => {
      const tier = { name: 'tier', type: 'single', options: ['gold'] } as const;
      const { rows } = await definitions();
      if (!rows.includes('tier')) await createAttributeDefinition(api.db, tenant.id, tier);
      return { json: named({ attributes: { tier: 'lead' } }) };
    },
  },
  {
    status: 400,
    code: 'invalid_request',
    what: 'a list for the body',
    send: () => ({ json: [] }),
  },
];
const definitions = async () => {
  const found = await api.db
    .selectFrom('attribute_definitions')
    .select('name')
    .where('org_id', '=', tenant.id)
    .execute();
  return { rows: found.map(({ name }) => name) };
};

const GROUPS: Operation[] = [
  {
    route: 'GET /groups',
    reads: true,
    succeeds: [
      {
        what: 'the first of them',
        status: 200,
        send: () => ({ key: stranger.key, path: '/groups?offset=0&limit=2' }),
        shows: {
          groups: [
            { ...GROUP, name: 'Group 1', coursesCount: 2 },
            { ...GROUP, name: 'Group 2', coursesCount: 2 },
          ],
          totalCount: expect.any(Number),
        },
      },
      {
        what: 'none past the last',
        status: 200,
        send: () => ({ path: '/groups?offset=100000' }),
        shows: { groups: [], totalCount: expect.any(Number) },
      },
    ],
    refuses: ['limit=0', 'limit=x', 'offset=-1', 'offset=1.5'].map((query) => ({
      ...invalid,
      what: `the query ${query}`,
      fields: [query.split('=')[0]!],
      send: () => ({ path: `/groups?${query}` }),
    })),
  },
  {
    route: 'GET /groups/:id',
    path: pathOf,
    reads: true,
    succeeds: [{ what: 'the bare group', status: 200, send: () => ({}), shows: GROUP }],
    absent: ABSENT,
    refuses: [],
  },
  {
    route: 'POST /groups',
    body: () => named(),
    succeeds: [
      {
        what: 'a group of a name',
        status: 200,
        send: () => ({ json: { name: 'North', color: 'red' } }),
        shows: { ...GROUP, name: 'North' },
      },
      {
        what: 'a group with all that it can have',
        status: 200,
        send: async () => ({
          json: {
            name: 'North',
            parentId: (await aGroup()).number,
            description: 'Cold',
            attributes: { region: 'EMEA' },
          },
        }),
        shows: {
          ...GROUP,
          name: 'North',
          parentId: expect.any(Number),
          description: 'Cold',
          attributes: { region: 'EMEA' },
        },
      },
      {
        what: 'a group whose other fields are null',
        status: 200,
        send: () => ({ json: named({ parentId: null, description: null, attributes: null }) }),
        shows: GROUP,
      },
    ],
    refuses: badFields,
  },
  {
    route: 'PATCH /groups/:id',
    path: pathOf,
    body: () => named(),
    succeeds: [
      {
        what: 'the bare group',
        status: 200,
        send: () => ({ json: { name: 'Renamed', description: 'Anew' } }),
        shows: { ...GROUP, name: 'Renamed', description: 'Anew' },
      },
      {
        what: 'merged attributes, of which null clears one',
        status: 200,
        send: async () => ({
          path: await pathOf(aGroup({ attributes: { kept: 'a', gone: 'b' } })),
          json: named({ attributes: { gone: null, come: 'c' } }),
        }),
        shows: { ...GROUP, attributes: { kept: 'a', come: 'c' } },
      },
      {
        what: 'unset fields as null, which detach and clear, but for the attributes',
        status: 200,
        send: async () => {
          const parentNumber = (await aGroup()).number;
          const full = { parentNumber, description: 'Old', attributes: { kept: 'a' } };
          return {
            path: await pathOf(aGroup(full)),
            json: named({ parentId: null, description: null, attributes: null }),
          };
        },
        shows: { ...GROUP, attributes: { kept: 'a' } },
      },
    ],
    absent: ABSENT,
    refuses: [
      ...badFields,
      {
        ...invalid,
        what: 'itself as the parent',
        fields: ['parentId'],
        send: async () => {
          const { number } = await aGroup();
          return { path: `/groups/${number}`, json: named({ parentId: number }) };
        },
      },
      {
        ...invalid,
        what: 'a parent that is below it',
        fields: ['parentId'],
        send: async () => {
          const { number } = await aGroup();
          const child = await aGroup({ parentNumber: number });
          return { path: `/groups/${number}`, json: named({ parentId: child.number }) };
        },
      },
    ],
  },
  {
    route: 'DELETE /groups/:id',
    path: pathOf,
    succeeds: [
      {
        what: 'an empty body',
        status: 200,
        send: () => ({}),
        shows: '',
        headers: { 'content-length': '0' },
      },
    ],
    absent: ABSENT,
    refuses: [],
  },
];

const ATTRIBUTE = {
  id: expect.any(Number),
  name: expect.any(String),
  type: 'text',
  options: [],
  required: false,
};
const aDefinition = async ({ id } = tenant) => {
  const { number } = await createAttributeDefinition(api.db, id, {
    name: fresh('attribute'),
    type: 'text',
  });
  return `/group-attributes/${number}`;
};
const attribute = (more: object = {}) => ({ name: fresh('attribute'), type: 'text', ...more });

const ATTRIBUTES: Operation[] = [
  {
    route: 'GET /group-attributes',
    reads: true,
    succeeds: [
      {
        what: 'all definitions',
        status: 200,
        send: async () => {
          await aDefinition(stranger);
          return { key: stranger.key };
        },
        shows: {
          attributes: expect.arrayContaining([ATTRIBUTE]),
          totalCount: expect.any(Number),
        },
      },
    ],
    refuses: [],
  },
  {
    route: 'POST /group-attributes',
    body: () => attribute(),
    succeeds: [
      ...(['text', 'date', 'user', 'yes/no', 'link', 'number'] as const).map((type) => ({
        what: `a ${type}`,
        status: 200,
        send: () => ({ json: attribute({ type, options: null, required: null }) }),
        shows: { ...ATTRIBUTE, type },
      })),
      ...(['single', 'multiple'] as const).map((type) => ({
        what: `a ${type} with its options`,
        status: 200,
        send: () => ({ json: attribute({ type, options: ['a', 'b'] }) }),
        shows: { ...ATTRIBUTE, type, options: ['a', 'b'] },
      })),
    ],
    refuses: [
      ...(
        [
          ['nothing', {}, ['name', 'type']],
          ['an empty name', { name: '', type: 'text' }, ['name']],
          ['an unknown type', { name: 'x', type: 'color' }, ['type']],
          ['options of a text', { name: 'x', type: 'text', options: ['a'] }, ['options']],
          ['a single without options', { name: 'x', type: 'single' }, ['options']],
          ['an option twice', { name: 'x', type: 'single', options: ['a', 'a'] }, ['options']],
          ['a word for required', { name: 'x', type: 'text', required: 'yes' }, ['required']],
        ] as Array<[string, object, string[]]>
      ).map(([what, json, fields]) => ({ ...invalid, what, fields, send: () => ({ json }) })),
      {
        ...invalid,
        what: 'a name that is defined',
        fields: ['name'],
        send: async () => {
          const name = fresh('attribute');
          await createAttributeDefinition(api.db, tenant.id, { name, type: 'text' });
          return { json: { name, type: 'date' } };
        },
      },
    ],
  },
  {
    route: 'DELETE /group-attributes/:id',
    path: () => aDefinition(),
    succeeds: [{ what: 'an empty body', status: 200, send: () => ({}), shows: '' }],
    absent: {
      words: 'Group attribute not found',
      unknown: '/group-attributes/2147483647',
      foreign: () => aDefinition(stranger),
      malformed: '/group-attributes/x',
    },
    refuses: [],
  },
];

export const KONSTANTLY_OPERATIONS: Operation[] = [...GROUPS, ...ATTRIBUTES, ...KONSTANTLY_PEOPLE];
