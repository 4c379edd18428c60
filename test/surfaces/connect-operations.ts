import { newId } from '@usher/db';
import { expect } from 'vitest';
import { idOf } from '../api/use-connect.ts';
import { CONNECT_MEMBERS_SYNC } from './connect-members-sync.ts';
import type { Absent, Operation, Refused } from './operation.ts';
import { ISO } from './surface.ts';
import {
  aForeignGroup,
  aGroup,
  api,
  fresh,
  NOBODY,
  readOnlyKey,
  tenant,
} from './use-operations.ts';

const invalid = { status: 400, code: 'invalid_request' };
const GROUP = {
  id: expect.stringMatching(/^grp_[\w-]{22}$/),
  organization_id: expect.stringMatching(/^org_[\w-]{22}$/),
  name: expect.any(String),
  external_reference_id: '',
  created_at: ISO,
  updated_at: ISO,
};
const pathOf = async (made: Promise<{ id: string }> = aGroup()) =>
  `/groups/${idOf((await made).id)}`;
const ABSENT: Absent = {
  words: 'Group not found',
  unknown: `/groups/${idOf(NOBODY)}`,
  foreign: () => pathOf(aForeignGroup()),
  malformed: `/groups/${newId()}`,
};
const wanted = (more: object = {}) => ({
  name: fresh('Group'),
  external_reference_id: fresh('ref'),
  ...more,
});
const inUse = async () => {
  const { externalId } = await aGroup({ externalId: fresh('ref') });
  return { external_reference_id: externalId };
};
const IN_USE = {
  status: 409,
  code: 'external_id_in_use',
  words: 'Another group has this external_reference_id (grp_',
};
const LONG = 'x'.repeat(256);

/** Of the message, which is all that its clients show. */
const bad = (cases: Array<[what: string, json: unknown, words: string]>): Refused[] =>
  cases.map(([what, json, words]) => ({ ...invalid, what, words, send: () => ({ json }) }));

const CLIENT = { grant_type: 'client_credentials' };
const TOKEN = { token_type: 'Bearer', expires_in: 900 };

export const CONNECT_OPERATIONS: Operation[] = [
  {
    route: 'POST /auth/access-tokens',
    body: () => CLIENT,
    reads: true,
    scoped: true,
    succeeds: [
      {
        what: 'a token for a quarter of an hour',
        status: 200,
        send: () => ({ json: CLIENT }),
        shows: { access_token: expect.any(String), ...TOKEN },
        headers: { 'cache-control': 'no-store' },
      },
      {
        what: 'a token of a key that may only read',
        status: 200,
        send: () => ({ json: CLIENT, key: readOnlyKey }),
        shows: { access_token: expect.any(String), ...TOKEN },
      },
      {
        what: 'a token of a key for websites',
        status: 200,
        send: () => ({ json: CLIENT, key: tenant.scopedKey }),
        shows: { access_token: expect.any(String), ...TOKEN },
      },
    ],
    refuses: [
      ...bad([
        ['nothing', {}, 'grant_type: must be client_credentials'],
        ['another grant', { grant_type: 'password' }, 'grant_type: must be client_credentials'],
        ['a list', [], 'must be an object'],
      ]),
      {
        status: 403,
        code: 'forbidden',
        words: 'issued to API keys alone',
        what: 'an access token',
        send: () => ({ json: CLIENT, key: api.context.accessTokens.issue(tenant.key) }),
      },
    ],
  },
  {
    route: 'GET /groups',
    reads: true,
    succeeds: [
      {
        what: 'a page, and how many there are',
        status: 200,
        send: () => ({ path: '/groups?page=1&limit=2' }),
        shows: {
          data: [
            { ...GROUP, name: 'Group 1' },
            { ...GROUP, name: 'Group 2' },
          ],
          pagination: {
            page: 1,
            limit: 2,
            total: expect.any(Number),
            total_pages: expect.any(Number),
          },
        },
      },
      {
        what: 'the one with a reference',
        status: 200,
        send: async () => {
          const { external_reference_id } = await inUse();
          return { path: `/groups?external_reference_id=${external_reference_id}` };
        },
        shows: {
          data: [{ ...GROUP, external_reference_id: expect.stringMatching(/^ref-/) }],
          pagination: { page: 1, limit: 20, total: 1, total_pages: 1 },
        },
      },
      {
        what: 'an access token for the key',
        status: 200,
        send: () => ({
          path: '/groups?external_reference_id=none',
          key: api.context.accessTokens.issue(tenant.key),
        }),
        shows: { data: [], pagination: { page: 1, limit: 20, total: 0, total_pages: 0 } },
      },
    ],
    refuses: [
      ...(
        [
          ['page=0', 'page: must be at least 1'],
          ['page=x', 'page: must be a whole number'],
          ['limit=101', 'limit: must be at most 100'],
          ['limit=0', 'limit: must be at least 1'],
          ['external_reference_id=', 'external_reference_id: must not be empty'],
        ] as const
      ).map(([query, words]) => ({
        ...invalid,
        words,
        what: `the query ${query}`,
        send: () => ({ path: `/groups?${query}` }),
      })),
      {
        status: 401,
        code: 'unauthorized',
        words: 'not valid',
        what: 'an access token of no key',
        send: () => ({ key: api.context.accessTokens.issue('usher_nobody') }),
      },
    ],
  },
  {
    route: 'POST /groups',
    body: wanted,
    succeeds: [
      {
        what: 'the group',
        status: 201,
        send: () => ({
          json: { name: 'Nörth', external_reference_id: 'the/group', color: 'red' },
        }),
        shows: { data: { ...GROUP, name: 'Nörth', external_reference_id: 'the/group' } },
      },
    ],
    refuses: [
      ...bad([
        ['nothing', {}, 'name: is required; external_reference_id: is required'],
        ['an empty name', wanted({ name: '' }), 'name: must not be empty'],
        ['a name that is null', wanted({ name: null }), 'name: must be a string'],
        ['a long name', wanted({ name: LONG }), 'name: must have at most 255 characters'],
        ['no reference', { name: 'N' }, 'external_reference_id: is required'],
        [
          'an empty reference',
          wanted({ external_reference_id: '' }),
          'external_reference_id: must',
        ],
        ['a long reference', wanted({ external_reference_id: LONG }), 'must have at most 255'],
        ['a list', [], 'must be an object'],
      ]),
      {
        ...IN_USE,
        what: 'a reference in use',
        send: async () => ({ json: wanted(await inUse()) }),
      },
    ],
  },
  {
    route: 'GET /groups/:id',
    path: pathOf,
    reads: true,
    succeeds: [
      { what: 'the group', status: 200, send: () => ({}), shows: { data: GROUP } },
      {
        what: 'the group, by an id that is percent-encoded',
        status: 200,
        send: async () => ({ path: (await pathOf()).replace('grp_', 'grp%5F') }),
        shows: { data: GROUP },
      },
    ],
    absent: ABSENT,
    refuses: [],
  },
  {
    route: 'PATCH /groups/:id',
    path: pathOf,
    body: () => ({ name: fresh('Group') }),
    succeeds: [
      {
        what: 'a name and a reference',
        status: 200,
        send: () => ({ json: { name: 'Both', external_reference_id: 'both', color: 'red' } }),
        shows: { data: { ...GROUP, name: 'Both', external_reference_id: 'both' } },
      },
      ...[
        {},
        { name: null, external_reference_id: null },
        { name: '', external_reference_id: '' },
      ].map((json) => ({
        what: `${JSON.stringify(json)}, which changes nothing`,
        status: 200,
        send: async () => ({
          path: await pathOf(aGroup({ name: 'Kept', externalId: fresh('kept') })),
          json,
        }),
        shows: {
          data: {
            ...GROUP,
            name: 'Kept',
            external_reference_id: expect.stringMatching(/^kept-/),
          },
        },
      })),
    ],
    absent: ABSENT,
    refuses: [
      ...bad([
        ['a blank name', { name: ' ' }, 'name: must not be empty'],
        ['a long name', { name: LONG }, 'name: must have at most 255 characters'],
        ['a number for the name', { name: 7 }, 'name: must be a string'],
        ['a long reference', { external_reference_id: LONG }, 'external_reference_id: must have'],
        [
          'two that are wrong',
          { name: 1, external_reference_id: 2 },
          'name: must be a string; external_reference_id: must be a string',
        ],
        ['a list', [], 'must be an object'],
      ]),
      { ...IN_USE, what: 'a reference in use', send: async () => ({ json: await inUse() }) },
    ],
  },
  ...CONNECT_MEMBERS_SYNC,
];
