import { newId } from '@usher/db';
import { expect } from 'vitest';
import { idOf } from '../api/use-connect.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Operation } from './operation.ts';
import { ask, connect, ISO } from './surface.ts';
import {
  aForeignGroup,
  aGroup,
  api,
  fresh,
  idle,
  NOBODY,
  stranger,
  tenant,
} from './use-operations.ts';

const SYNC_ID = expect.stringMatching(/^grpmsr_[\w-]{22}$/);
const MEMBER_ID = expect.stringMatching(/^grpm_[\w-]{22}$/);
const RECEIPT = {
  request_id: SYNC_ID,
  group_id: expect.stringMatching(/^grp_[\w-]{22}$/),
  accepted_at: ISO,
};
const toSyncId = (uuid: string) => idOf(uuid).replace('grp_', 'grpmsr_');
const pathOf = async (made: Promise<{ id: string }> = aGroup()) =>
  `/groups/${idOf((await made).id)}/members/sync`;
const member = (more: object = {}) => ({
  reference_id: fresh('member'),
  first_name: 'Ann',
  last_name: 'Ash',
  ...more,
});
const MIB = 1_048_576;

interface Sync {
  data: { request_id: string; completed_at: string | null };
}

/** Where the result of a sync of these members is read; `done`: it is there. */
async function aSync(
  members: object[],
  { on = api, key = tenant.key, path = pathOf(), done = true }: Partial<Asked> = {},
): Promise<string> {
  const to = await path;
  const sent = { method: 'POST', path: to, key, json: { members } };
  const { body } = await ask<Sync>(on, connect, sent);
  const result = `${to}/${body.data.request_id}`;
  const isDone = async () => {
    const read = await ask<Sync>(on, connect, { method: 'GET', path: result, key });
    return read.body.data.completed_at !== null;
  };
  if (done) await waitFor('the sync is done', isDone);
  return result;
}
interface Asked {
  on: Pick<typeof api, 'url'>;
  key: string;
  path: Promise<string>;
  done: boolean;
}

export const CONNECT_MEMBERS_SYNC: Operation[] = [
  {
    route: 'POST /groups/:id/members/sync',
    path: () => pathOf(),
    body: () => ({ members: [member()] }),
    largest: 8 * MIB,
    succeeds: [
      {
        what: 'a receipt',
        status: 202,
        send: () => ({
          json: { members: [member(), member({ email: 'ann@example.com', color: 'red' })] },
        }),
        shows: { data: RECEIPT },
      },
      {
        what: 'a receipt for nobody, which empties the group',
        status: 202,
        send: () => ({ json: { members: [] } }),
        shows: { data: RECEIPT },
      },
      {
        what: 'a receipt, where the address is null and the reference has 255 characters',
        status: 202,
        send: () => ({
          json: { members: [member({ reference_id: 'é'.repeat(255), email: null })] },
        }),
        shows: { data: RECEIPT },
      },
    ],
    absent: {
      words: 'Group not found',
      unknown: `/groups/${idOf(NOBODY)}/members/sync`,
      foreign: () => pathOf(aForeignGroup()),
      malformed: `/groups/${newId()}/members/sync`,
    },
    refuses: [
      ...(
        [
          ['nothing', {}, 'members: is required'],
          ['a list for the body', [], 'must be an object'],
          ['null for the members', { members: null }, 'members: must be an array'],
          ['a member that is a word', { members: ['ann'] }, 'members.0: must be an object'],
          [
            'no reference',
            { members: [{ first_name: 'A', last_name: 'B' }] },
            'members.0.reference_id: is required',
          ],
          [
            'an empty reference',
            { members: [{ reference_id: '', first_name: 'A', last_name: 'B' }] },
            'members.0.reference_id: must not be empty',
          ],
          [
            'a reference of 256 characters',
            { members: [{ reference_id: 'r'.repeat(256), first_name: 'A', last_name: 'B' }] },
            'members.0.reference_id: must have at most 255 characters',
          ],
          [
            'no names',
            { members: [{ reference_id: 'a' }] },
            'members.0.first_name: is required; members.0.last_name: is required',
          ],
        ] as Array<[string, object, string]>
      ).map(([what, json, words]) => ({
        status: 400,
        code: 'invalid_request',
        what,
        words,
        send: () => ({ json }),
      })),
      {
        status: 400,
        code: 'invalid_request',
        what: 'a reference twice',
        words: 'members.1.reference_id: must not be repeated',
        send: () => {
          const reference_id = fresh('twice');
          return { json: { members: [member({ reference_id }), member({ reference_id })] } };
        },
      },
      {
        status: 413,
        code: 'too_large',
        what: '10,001 members',
        words: '10000 members',
        send: () => ({ json: { members: Array.from({ length: 10_001 }, () => 1) } }),
      },
    ],
  },
  {
    route: 'GET /groups/:id/members/sync/:request_id',
    path: () => aSync([], { done: false }),
    reads: true,
    succeeds: [
      {
        what: 'the receipt alone, until it is done',
        status: 200,
        send: async () => {
          const { key, groupIds } = idle.partner;
          const path = pathOf(Promise.resolve({ id: groupIds[0]! }));
          return {
            idle: true,
            path: await aSync([member()], { on: idle, key, path, done: false }),
          };
        },
        shows: { data: { ...RECEIPT, completed_at: null, results: null } },
      },
      {
        what: 'who was added, and who could not be',
        status: 200,
        send: async () => ({
          path: await aSync([
            member(),
            member({ email: `${fresh('ann')}@example.com` }),
            member({ reference_id: 'no-address', email: 'me@' }),
          ]),
        }),
        shows: {
          data: {
            ...RECEIPT,
            completed_at: ISO,
            results: {
              added_group_member_ids: [MEMBER_ID, MEMBER_ID],
              removed_group_member_ids: [],
              failures: [
                { reference_id: 'no-address', operation: 'add', reason: expect.any(String) },
              ],
            },
          },
        },
      },
      {
        what: 'who was removed',
        status: 200,
        send: async () => {
          const path = pathOf();
          await aSync([member()], { path });
          return { path: await aSync([], { path }) };
        },
        shows: {
          data: {
            ...RECEIPT,
            completed_at: ISO,
            results: {
              added_group_member_ids: [],
              removed_group_member_ids: [MEMBER_ID],
              failures: [],
            },
          },
        },
      },
    ],
    absent: {
      words: 'not found',
      unknown: `/groups/${idOf(NOBODY)}/members/sync/${toSyncId(NOBODY)}`,
      foreign: () => aSync([], { key: stranger.key, path: pathOf(aForeignGroup()), done: false }),
      malformed: `/groups/${idOf(NOBODY)}/members/sync/${newId()}`,
    },
    refuses: [
      {
        status: 404,
        code: 'not_found',
        words: 'Members sync not found',
        what: 'a sync of another group',
        send: async () => {
          const [, id] = (await aSync([], { done: false })).split('/sync/');
          return { path: `${await pathOf()}/${id}` };
        },
      },
      {
        status: 404,
        code: 'not_found',
        words: 'Group not found',
        what: 'a group that is none',
        send: () => ({ path: `/groups/x/members/sync/${toSyncId(NOBODY)}` }),
      },
    ],
  },
];
