import { expect } from 'vitest';
import type { Operation } from './operation.ts';
import { aForeignGroup, aGroup, api, aUser, person, stranger, tenant } from './use-operations.ts';

const invalid = { status: 400, code: 'invalid_request', words: 'Validation failed' };
const NONE = 2_147_483_647;
const pathOf = async (orgId = tenant.id) => `/users/${(await aUser({ orgId })).number}/groups`;
const groups = async () => ({ groups: [(await aGroup()).number] });
const invited = (email: unknown) => ({
  id: expect.any(Number),
  email,
  createdAt: expect.any(Number),
  inviteUrl: expect.stringContaining('/accept?token='),
});
const invite = (more: object = {}) => ({ emails: [person()], roleAlias: 'learner', ...more });

/** The address of somebody who is a member of a group, and the group's number. */
async function aMember() {
  const [{ id, email }, group] = [await aUser(), await aGroup()];
  const membership = {
    org_id: tenant.id,
    group_id: group.id,
    user_id: id,
    role: 'viewer' as const,
  };
  await api.db.insertInto('group_members').values(membership).execute();
  return { email, group: group.number };
}

export const KONSTANTLY_PEOPLE: Operation[] = [
  {
    route: 'POST /users/:id/groups',
    path: pathOf,
    body: groups,
    succeeds: [
      {
        what: 'the groups, in the order of first mention',
        status: 200,
        send: async () => {
          const [first, second] = [await aGroup({ name: 'A' }), await aGroup({ name: 'B' })];
          return { json: { groups: [second.number, first.number, second.number] } };
        },
        shows: {
          groups: ['B', 'A'].map((name) => ({
            id: expect.any(Number),
            parentId: null,
            name,
            usersCount: 1,
            coursesCount: 0,
            description: null,
            attributes: {},
            image: null,
          })),
        },
      },
      {
        what: 'no groups',
        status: 200,
        send: () => ({ json: { groups: [] } }),
        shows: { groups: [] },
      },
    ],
    absent: {
      words: 'User not found',
      unknown: `/users/${NONE}/groups`,
      foreign: () => pathOf(stranger.id),
      malformed: '/users/x/groups',
    },
    refuses: [
      ...(
        [
          ['nothing', {}, ['groups']],
          ['no list', { groups: 1 }, ['groups']],
          ['a word for a group', { groups: ['1'] }, ['groups.0']],
          ['1,001 groups', { groups: Array.from({ length: 1_001 }, () => 1) }, ['groups']],
          ['an unknown group', { groups: [NONE] }, ['groups.0']],
        ] as Array<[string, object, string[]]>
      ).map(([what, json, fields]) => ({ ...invalid, what, fields, send: () => ({ json }) })),
      {
        ...invalid,
        what: "another organization's group beside one's own",
        fields: ['groups.1'],
        send: async () => ({
          json: { groups: [...(await groups()).groups, (await aForeignGroup()).number] },
        }),
      },
    ],
  },
  {
    route: 'POST /invites',
    body: () => invite(),
    succeeds: [
      {
        what: 'a bare array, of each address once',
        status: 200,
        send: async () => {
          const again = person();
          const emails = [again.toUpperCase(), person(), again];
          return { json: invite({ emails, ...(await groups()), text: 'Come', deadlineAt: null }) };
        },
        shows: [invited(expect.any(String)), invited(expect.any(String))],
      },
      {
        what: 'the organization, where there are no groups',
        status: 200,
        send: () => ({ json: { emails: [person()] } }),
        shows: [invited(expect.any(String))],
      },
      {
        what: 'members left out',
        status: 200,
        send: async () => {
          const { email, group } = await aMember();
          return { json: invite({ emails: [email, person()], groups: [group] }) };
        },
        shows: [invited(expect.any(String))],
      },
      {
        what: 'no 202, however it is asked for',
        status: 200,
        send: () => ({ json: invite(), headers: { prefer: 'respond-async' } }),
        shows: [invited(expect.any(String))],
      },
    ],
    refuses: [
      ...(
        [
          ['nothing', {}, ['emails']],
          ['nobody', { emails: [] }, ['emails']],
          ['an address that is none', { emails: ['me@'] }, ['emails.0']],
          ['a list for the role', { emails: ['a@b.example'], roleAlias: [] }, ['roleAlias']],
          ['a word for a group', { emails: ['a@b.example'], groups: ['1'] }, ['groups.0']],
          ['an unknown group', { emails: ['a@b.example'], groups: [NONE] }, ['groups.0']],
          ['a number for the text', { emails: ['a@b.example'], text: 1 }, ['text']],
          [
            'a deadline that is none',
            { emails: ['a@b.example'], deadlineAt: 'soon' },
            ['deadlineAt'],
          ],
          ['a deadline that is past', { emails: ['a@b.example'], deadlineAt: 1 }, ['deadlineAt']],
        ] as Array<[string, object, string[]]>
      ).map(([what, json, fields]) => ({ ...invalid, what, fields, send: () => ({ json }) })),
      {
        ...invalid,
        what: "another organization's group",
        fields: ['groups.0'],
        send: async () => ({ json: invite({ groups: [(await aForeignGroup()).number] }) }),
      },
      {
        ...invalid,
        what: 'members alone',
        fields: ['emails'],
        send: async () => {
          const { email, group } = await aMember();
          return { json: invite({ emails: [email], groups: [group] }) };
        },
      },
      {
        status: 503,
        code: 'unavailable',
        words: 'repeat the request',
        fields: ['emails'],
        retry: true,
        what: 'what is not done within the wait',
        send: () => ({ idle: true, json: invite(), headers: { prefer: 'wait=0' } }),
      },
    ],
  },
];
