import { expect } from 'vitest';
import { aBillingEntity } from '../../packages/directory/src/fixtures.ts';
import type { Operation } from './operation.ts';
import type { Refusal } from './surface.ts';
import { aForeignGroup, aGroup, api, NOBODY, stranger, tenant } from './use-operations.ts';

const invalid = { status: 400, code: 'invalid_request' };
const ZERO = { total: 0, monthly: { balance: 0, next_reset_at: null }, one_off: { balance: 0 } };
async function aPayingGroup(): Promise<string> {
  const { id } = await aGroup();
  await aBillingEntity(api.db, tenant.id, id);
  return id;
}
const notFound: Refusal = { status: 404, code: 'not_found', words: 'Group not found' };

export const ATHENA_CREDITS: Operation[] = [
  {
    route: 'GET /credits/group',
    path: async () => `/credits/group?group_id=${(await aGroup()).id}`,
    reads: true,
    succeeds: [
      {
        what: 'zeros where none were set',
        status: 200,
        send: () => ({}),
        shows: { credits: ZERO },
      },
    ],
    refuses: [
      {
        ...invalid,
        what: 'no group',
        fields: ['group_id'],
        send: () => ({ path: '/credits/group' }),
      },
      {
        ...invalid,
        what: 'a group that is none',
        fields: ['group_id'],
        send: () => ({ path: '/credits/group?group_id=x' }),
      },
      {
        ...notFound,
        what: 'an unknown group',
        send: () => ({ path: `/credits/group?group_id=${NOBODY}` }),
      },
      {
        ...notFound,
        what: "another organization's group",
        send: async () => ({ path: `/credits/group?group_id=${(await aForeignGroup()).id}` }),
      },
    ],
  },
  {
    route: 'PUT /credits/group',
    body: async () => ({ group_id: await aPayingGroup(), monthly: 1 }),
    succeeds: [
      {
        what: 'both amounts',
        status: 200,
        send: async () => ({
          json: { group_id: await aPayingGroup(), monthly: 12.5, one_off: 0.0001 },
        }),
        shows: {
          credits: {
            total: 12.5001,
            monthly: { balance: 12.5, next_reset_at: expect.any(Number) },
            one_off: { balance: 0.0001 },
          },
        },
      },
    ],
    refuses: [
      ...[
        ['nothing', {}, ['group_id']],
        ['no amount', { group_id: NOBODY }, ['']],
        ['less than nothing', { group_id: NOBODY, monthly: -1 }, ['monthly']],
        ['five decimals', { group_id: NOBODY, one_off: 0.00001 }, ['one_off']],
        ['a word for an amount', { group_id: NOBODY, monthly: '1' }, ['monthly']],
      ].map(([what, json, fields]) => ({
        ...invalid,
        what: what as string,
        fields: fields as string[],
        send: () => ({ json }),
      })),
      {
        status: 403,
        code: 'forbidden',
        words: 'Only partners',
        what: 'whoever is no partner',
        send: async () => ({
          key: stranger.key,
          json: { group_id: (await aForeignGroup()).id, monthly: 1 },
        }),
      },
      {
        ...notFound,
        what: 'an unknown group',
        send: () => ({ json: { group_id: NOBODY, monthly: 1 } }),
      },
      {
        ...notFound,
        what: "another organization's group",
        send: async () => ({ json: { group_id: (await aForeignGroup()).id, monthly: 1 } }),
      },
      {
        status: 409,
        code: 'state_conflict',
        words: 'no billing entity',
        what: 'a group that was never provisioned',
        send: async () => ({ json: { group_id: (await aGroup()).id, monthly: 1 } }),
      },
    ],
  },
];
