import { expect } from 'vitest';
import type { Operation } from './operation.ts';
import { ISO, type Refusal } from './surface.ts';
import { aUser, aWebsite, api, fresh, NOBODY, stranger, tenant } from './use-operations.ts';

const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/);
const invalid = { status: 400, code: 'invalid_request' };
const notFound: Refusal = { status: 404, code: 'not_found', words: 'Website not found' };
const noId = (field = 'id') => ({ ...invalid, words: 'must be a uuid', fields: [field] });

const membersOf = async (websiteId?: string) =>
  `/websites/${websiteId ?? (await aWebsite()).id}/members`;

/** A path to somebody's membership. */
async function aMember(): Promise<string> {
  const { id: websiteId } = await aWebsite();
  return `${await membersOf(websiteId)}/${(await aUser({ websiteId })).id}`;
}

/** The same of somebody who is there through a group alone. */
async function aGroupMember(): Promise<string> {
  const [websiteId, groupId] = [tenant.websiteIds[0]!, tenant.groupIds[0]!];
  const { id } = await aUser();
  const membership = { org_id: tenant.id, group_id: groupId, user_id: id, role: 'viewer' as const };
  await api.db.insertInto('group_members').values(membership).execute();
  return `${await membersOf(websiteId)}/${id}`;
}

export const ATHENA_WEBSITES: Operation[] = [
  {
    route: 'POST /websites',
    body: () => ({ url: fresh('site') }),
    succeeds: [
      {
        what: 'the website, named by its url without protocol and trailing slash',
        status: 201,
        send: () => ({ json: { url: ' https://new.example/ ', external_id: null, color: 'red' } }),
        shows: {
          website: {
            id: UUID,
            websiteUrl: 'new.example',
            websiteName: 'new.example',
            externalId: null,
          },
        },
      },
      {
        what: 'for whoever is no partner, without externalId',
        status: 201,
        send: () => ({ key: stranger.key, json: { url: 'http://a.example', name: 'A' } }),
        shows: { website: { id: UUID, websiteUrl: 'a.example', websiteName: 'A' } },
      },
    ],
    refuses: [
      ...[
        ['nothing', {}, 'url'],
        ['an empty url', { url: '' }, 'url'],
        ['a url with a space', { url: 'a b' }, 'url'],
        ['a number for the url', { url: 7 }, 'url'],
        ['an empty name', { url: 'x.example', name: '' }, 'name'],
        ['a long external id', { url: 'x.example', external_id: 'x'.repeat(256) }, 'external_id'],
      ].map(([what, json, field]) => ({
        ...invalid,
        what: what as string,
        fields: [field as string],
        send: () => ({ json }),
      })),
      {
        status: 403,
        code: 'forbidden',
        words: 'partner organizations',
        what: 'an external id from whoever is no partner',
        send: () => ({ key: stranger.key, json: { url: 'x.example', external_id: 'x' } }),
      },
      {
        status: 409,
        code: 'external_id_in_use',
        existing: { type: 'website', id: UUID, name: expect.any(String) },
        what: 'an external id in use',
        send: async () => {
          const { externalId } = await aWebsite(fresh('ref'));
          return { json: { url: 'x.example', external_id: externalId } };
        },
      },
    ],
  },
  {
    route: 'GET /websites',
    reads: true,
    scoped: true,
    succeeds: [
      {
        what: 'all websites, oldest first',
        status: 200,
        send: () => ({}),
        shows: () => ({
          websites: expect.arrayContaining(
            tenant.websiteIds.map((id, index) => ({
              id,
              websiteUrl: `site-${index + 1}.example`,
              websiteName: `site-${index + 1}.example`,
              externalId: null,
            })),
          ),
        }),
      },
      {
        what: 'its own, for a key for websites',
        status: 200,
        send: () => ({ key: tenant.scopedKey }),
        shows: () => ({
          websites: tenant.websiteIds.slice(0, 3).map((id) => expect.objectContaining({ id })),
        }),
      },
    ],
    refuses: [],
  },
  {
    route: 'GET /websites/:id/members',
    path: () => membersOf(),
    reads: true,
    scoped: true,
    succeeds: [
      { what: 'nobody', status: 200, send: () => ({}), shows: { members: [] } },
      {
        what: 'a direct member',
        status: 200,
        send: async () => ({ path: (await aMember()).replace(/\/[^/]+$/, '') }),
        shows: {
          members: [
            {
              user_id: UUID,
              email: expect.stringContaining('@'),
              role: 'viewer',
              access_type: 'direct',
              created_at: ISO,
              first_name: null,
              last_name: null,
            },
          ],
        },
      },
    ],
    absent: {
      words: 'Website not found',
      unknown: `/websites/${NOBODY}/members`,
      foreign: () => membersOf(stranger.websiteIds[0]),
      malformed: '/websites/x/members',
      malformedIs: noId(),
    },
    refuses: [
      {
        ...notFound,
        what: 'a website outside the key',
        send: async () => ({ key: tenant.scopedKey, path: await membersOf(tenant.websiteIds[4]) }),
      },
    ],
  },
  {
    route: 'DELETE /websites/:id/members/:user_id',
    path: aMember,
    scoped: true,
    succeeds: [
      {
        what: 'a direct membership ended',
        status: 200,
        send: () => ({}),
        shows: { success: true, message: 'User removed from website' },
      },
    ],
    absent: {
      words: 'Website not found',
      unknown: `/websites/${NOBODY}/members/${NOBODY}`,
      foreign: async () => {
        const websiteId = stranger.websiteIds[0]!;
        const { id } = await aUser({ websiteId, orgId: stranger.id });
        return `${await membersOf(websiteId)}/${id}`;
      },
      malformed: `/websites/x/members/${NOBODY}`,
      malformedIs: noId(),
    },
    refuses: [
      {
        ...noId('user_id'),
        what: 'a user that is none',
        send: async () => ({ path: `${await membersOf()}/x` }),
      },
      {
        ...notFound,
        words: 'User is not a member of this website',
        what: 'an unknown user',
        send: async () => ({ path: `${await membersOf()}/${NOBODY}` }),
      },
      {
        ...notFound,
        words: 'User is not a member of this website',
        what: "another organization's user",
        send: async () => ({
          path: `${await membersOf()}/${(await aUser({ orgId: stranger.id })).id}`,
        }),
      },
      {
        ...notFound,
        what: 'a website outside the key',
        send: async () => ({
          key: tenant.scopedKey,
          path: `${await membersOf(tenant.websiteIds[4])}/${NOBODY}`,
        }),
      },
      {
        status: 409,
        code: 'state_conflict',
        words: 'through a group',
        what: 'somebody who is there through a group alone',
        send: async () => ({ path: await aGroupMember() }),
      },
    ],
  },
];
