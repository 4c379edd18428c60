import { expect } from 'vitest';
import type { Operation, Refused } from './operation.ts';
import type { Refusal } from './surface.ts';
import { anInvite, aUser, NOBODY, person, stranger, tenant } from './use-operations.ts';

const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/);
const invalid = { status: 400, code: 'invalid_request' };
const notFound: Refusal = { status: 404, code: 'not_found', words: 'Invite not found' };
const LOCATION = { location: expect.stringMatching(/^\/api\/v1\/jobs\/[0-9a-f-]{36}$/) };
const ASYNC = { headers: { prefer: 'respond-async' } };
const accepted = {
  status: 202,
  shows: { job: expect.objectContaining({ kind: 'bulk-invite', id: UUID }) },
  headers: { ...LOCATION, 'preference-applied': expect.any(String) },
};

const bulk = (more: object = {}) => ({
  invite_method: 'direct',
  email: person(),
  website_ids: tenant.websiteIds.slice(0, 1),
  ...more,
});
const toGroups = (group_ids: unknown) => bulk({ website_ids: undefined, group_ids });
const one = (more: object = {}) => ({
  type: 'website',
  invite_method: 'direct',
  email: person(),
  website_id: tenant.websiteIds[0],
  ...more,
});

/** What both bodies have in common can be wrong in the same ways. */
const badFields = (body: (more: object) => object): Refused[] =>
  (
    [
      ['no method', { invite_method: undefined }, 'invite_method'],
      ['an unknown method', { invite_method: 'sms' }, 'invite_method'],
      ['no address', { email: undefined }, 'email'],
      ['an address that is none', { email: 'me@' }, 'email'],
      ['an unknown role', { role: 'owner' }, 'role'],
      ['an empty first name', { first_name: '' }, 'first_name'],
      ['a long last name', { last_name: 'n'.repeat(256) }, 'last_name'],
    ] as const
  ).map(([what, more, field]) => ({
    ...invalid,
    what,
    fields: [field],
    send: () => ({ json: body(more) }),
  }));

const uuids = (count: number) => Array.from({ length: count }, () => NOBODY);
const badTargets = (
  [
    ['no targets', { website_ids: undefined }, ''],
    ['websites and groups', { group_ids: [NOBODY] }, ''],
    ['no website', { website_ids: [] }, 'website_ids'],
    ['51 websites', { website_ids: uuids(51) }, 'website_ids'],
    ['a website that is no uuid', { website_ids: ['x'] }, 'website_ids.0'],
    ['51 groups', { website_ids: undefined, group_ids: uuids(51) }, 'group_ids'],
    ['a group that is no uuid', { website_ids: undefined, group_ids: ['1'] }, 'group_ids.0'],
  ] as const
).map(([what, more, field]): Refused => ({
  ...invalid,
  what,
  fields: [field],
  send: () => ({ json: bulk(more) }),
}));
const GROUPS_SCOPED: Refusal = { status: 403, code: 'forbidden', words: 'cannot invite to groups' };

export const ATHENA_INVITES: Operation[] = [
  {
    route: 'POST /invites/bulk',
    scoped: true,
    body: () => bulk(),
    succeeds: [
      {
        what: 'each website alone, in the order of first mention, the unknown and foreign too',
        status: 200,
        send: () => {
          const [first, second] = tenant.websiteIds;
          const website_ids = [second, NOBODY, stranger.websiteIds[0], first, second];
          return { json: bulk({ website_ids, role: 'admin', color: 'red' }) };
        },
        shows: () => {
          const [first, second] = tenant.websiteIds;
          const added = { success: true, message: 'User added to website', user_id: UUID };
          const missing = { success: false, error: 'Website not found' };
          return {
            success: true,
            results: [
              { website_id: second, ...added },
              { website_id: NOBODY, ...missing },
              { website_id: stranger.websiteIds[0], ...missing },
              { website_id: first, ...added },
            ],
            job_id: UUID,
          };
        },
        headers: LOCATION,
      },
      {
        what: 'groups, by email',
        status: 200,
        send: () => ({
          json: { ...toGroups([...tenant.groupIds, NOBODY]), invite_method: 'email' },
        }),
        shows: () => ({
          success: true,
          results: [
            ...tenant.groupIds.map((group_id) => ({
              group_id,
              success: true,
              message: 'Invitation sent',
              invite_id: UUID,
            })),
            { group_id: NOBODY, success: false, error: 'Group not found' },
          ],
          job_id: UUID,
        }),
        headers: LOCATION,
      },
      {
        what: 'a failure for somebody who is a member',
        status: 200,
        send: async () => {
          const { email } = await aUser({ websiteId: tenant.websiteIds[0]! });
          return { json: bulk({ email }) };
        },
        shows: () => ({
          success: true,
          results: [
            {
              website_id: tenant.websiteIds[0],
              success: false,
              error: 'User is already a member of this website',
            },
          ],
          job_id: UUID,
        }),
      },
      {
        what: 'a failure for a website outside the key',
        status: 200,
        send: () => ({
          key: tenant.scopedKey,
          json: bulk({ website_ids: [tenant.websiteIds[0], tenant.websiteIds[4]] }),
        }),
        shows: () => ({
          success: true,
          results: [
            expect.objectContaining({ success: true }),
            { website_id: tenant.websiteIds[4], success: false, error: 'Website not found' },
          ],
          job_id: UUID,
        }),
      },
      { ...accepted, what: 'at once, where asked to', send: () => ({ json: bulk(), ...ASYNC }) },
      {
        ...accepted,
        what: 'when the wait runs out',
        send: () => ({ idle: true, json: bulk(), headers: { prefer: 'wait=0' } }),
      },
    ],
    refuses: [
      { ...invalid, what: 'a list', fields: [''], send: () => ({ json: [] }) },
      ...badFields(bulk),
      ...badTargets,
      {
        ...GROUPS_SCOPED,
        what: 'groups from a key for websites',
        send: () => ({ key: tenant.scopedKey, json: toGroups(tenant.groupIds) }),
      },
    ],
  },
  {
    route: 'POST /invites',
    scoped: true,
    body: () => one(),
    succeeds: [
      ...(['website', 'group', 'organization'] as const).flatMap((type) => {
        const target = () => ({ type, group_id: tenant.groupIds[0] });
        return [
          {
            what: `a ${type}, directly`,
            status: 200,
            send: () => ({ json: one(target()) }),
            shows: { success: true, message: `User added to ${type}`, user_id: UUID },
            headers: LOCATION,
          },
          {
            what: `a ${type}, by email`,
            status: 200,
            send: () => ({ json: one({ ...target(), invite_method: 'email' }) }),
            shows: { success: true, message: 'Invitation sent', invite_id: UUID },
            headers: LOCATION,
          },
        ] as const;
      }),
      ...(['website', 'group'] as const).map((type) => ({
        what: `a failure for an unknown ${type}`,
        status: 200,
        send: () => ({ json: one({ type, [`${type}_id`]: NOBODY }) }),
        shows: {
          success: false,
          message: type === 'group' ? 'Group not found' : 'Website not found',
        },
      })),
      { ...accepted, what: 'at once, where asked to', send: () => ({ json: one(), ...ASYNC }) },
    ],
    refuses: [
      { ...invalid, what: 'no type', fields: ['type'], send: () => ({ json: one({ type: 'x' }) }) },
      ...badFields(one),
      {
        ...invalid,
        what: 'no website',
        fields: ['website_id'],
        send: () => ({ json: one({ website_id: undefined }) }),
      },
      {
        ...invalid,
        what: 'a group that is no uuid',
        fields: ['group_id'],
        send: () => ({ json: one({ type: 'group', group_id: '1' }) }),
      },
      {
        ...GROUPS_SCOPED,
        what: 'a group from a key for websites',
        send: () => ({
          key: tenant.scopedKey,
          json: one({ type: 'group', group_id: tenant.groupIds[0] }),
        }),
      },
      {
        ...GROUPS_SCOPED,
        words: 'cannot invite to the organization',
        what: 'the organization from a key for websites',
        send: () => ({ key: tenant.scopedKey, json: one({ type: 'organization' }) }),
      },
    ],
  },
  {
    route: 'DELETE /invites/org/:invite_id',
    path: async () => `/invites/org/${await anInvite()}`,
    scoped: true,
    succeeds: [
      {
        what: 'a pending invite taken back',
        status: 200,
        send: () => ({}),
        shows: { success: true, message: 'Invite revoked' },
      },
    ],
    absent: {
      words: 'Invite not found',
      unknown: `/invites/org/${NOBODY}`,
      foreign: async () => `/invites/org/${await anInvite('pending', stranger)}`,
      malformed: '/invites/org/x',
      malformedIs: { ...invalid, words: 'must be a uuid', fields: ['invite_id'] },
    },
    refuses: [
      ...(['accepted', 'revoked', 'expired'] as const).map((state) => ({
        status: 409,
        code: 'state_conflict',
        words: state,
        what: `an invite that is ${state}`,
        send: async () => ({ path: `/invites/org/${await anInvite(state)}` }),
      })),
      {
        ...notFound,
        what: 'an invite outside the key',
        send: async () => {
          const websiteIds = [tenant.websiteIds[4]!];
          const invite = await anInvite('pending', { ...tenant, websiteIds });
          return { key: tenant.scopedKey, path: `/invites/org/${invite}` };
        },
      },
    ],
  },
];
