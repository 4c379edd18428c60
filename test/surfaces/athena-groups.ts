import { expect } from 'vitest';
import type { Operation, Refused } from './operation.ts';
import { ISO, type Refusal } from './surface.ts';
import {
  aForeignGroup,
  aGroup,
  billing,
  fresh,
  idle,
  NOBODY,
  stranger,
  tenant,
} from './use-operations.ts';

const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const invalid = { status: 400, code: 'invalid_request' };
const forbidden: Refusal = { status: 403, code: 'forbidden', words: 'partner organizations' };
const noId = { ...invalid, words: 'must be a uuid', fields: ['id'] };

const website = () => ({
  id: UUID,
  websiteUrl: expect.any(String),
  websiteName: expect.any(String),
});
const { websites, ...common } = {
  id: UUID,
  name: expect.any(String),
  orgId: UUID,
  billingEnabled: false,
  createdAt: ISO,
  externalId: null,
  websites: [website(), website()],
};
const group = (more: object = {}) => ({ group: { ...common, websites, ...more } });
const withWebsites = () => aGroup({ websiteIds: tenant.websiteIds.slice(0, 2) });
const pathOf = async (made = withWebsites()) => `/groups/${(await made).id}`;
const some = (more: object = {}) => ({
  name: fresh('Group'),
  website_ids: tenant.websiteIds.slice(0, 2),
  ...more,
});

async function inUse(): Promise<{ external_id: string }> {
  return { external_id: (await aGroup({ externalId: fresh('ref'), name: 'Holder' })).externalId! };
}
const IN_USE: Refusal = {
  status: 409,
  code: 'external_id_in_use',
  existing: { type: 'group', id: UUID, name: 'Holder' },
};
const notConfigured: Refusal = { status: 409, code: 'billing_not_configured', words: 'Billing' };

/** A name is wrong in the same ways wherever it is sent. */
const badNames = (body: () => object, fields = ['name']): Refused[] =>
  [
    ['an empty name', ''],
    ['a blank name', ' '],
    ['a name of 256 characters', 'n'.repeat(256)],
    ['a number for the name', 7],
    ['a name that is null', null],
  ].map(([what, name]) => ({
    ...invalid,
    what: what as string,
    fields,
    send: () => ({ json: { ...body(), name } }),
  }));

const badIds = (field: 'website_ids' | 'add_website_ids' | 'remove_website_ids'): Refused[] => {
  const bad = (what: string, value: unknown, path = field as string): Refused => ({
    ...invalid,
    what: `${field}: ${what}`,
    fields: [path],
    send: () => ({ json: { name: 'Never', [field]: value } }),
  });
  return [
    bad('none', []),
    bad('null', null),
    bad('no list', NOBODY),
    bad('one that is no uuid', [NOBODY, 'x'], `${field}.1`),
  ];
};
const foreignIds = (field: 'website_ids' | 'add_website_ids'): Refused => ({
  ...invalid,
  what: `${field}: an unknown website, and another organization's`,
  words: 'not of this organization',
  fields: [`${field}.0`, `${field}.2`],
  send: () => ({
    json: { name: 'Never', [field]: [NOBODY, tenant.websiteIds[0], stranger.websiteIds[0]] },
  }),
});

export const ATHENA_GROUPS: Operation[] = [
  {
    route: 'POST /groups',
    body: () => some(),
    succeeds: [
      {
        what: 'the group, with websiteIds',
        status: 201,
        send: () => ({ json: some({ name: 'North', external_id: null }) }),
        shows: () => ({
          group: { ...common, name: 'North', websiteIds: tenant.websiteIds.slice(0, 2) },
        }),
      },
      {
        what: 'with an external id of 255 characters',
        status: 201,
        send: () => ({ json: some({ external_id: 'é'.repeat(255) }) }),
        shows: () => ({
          group: {
            ...common,
            externalId: 'é'.repeat(255),
            websiteIds: tenant.websiteIds.slice(0, 2),
          },
        }),
      },
      {
        what: 'for whoever is no partner, without externalId',
        status: 201,
        send: () => ({
          key: stranger.key,
          json: { name: 'North', website_ids: stranger.websiteIds.slice(0, 1), color: 'red' },
        }),
        shows: () => {
          const { externalId: _, ...shown } = common;
          return { group: { ...shown, websiteIds: stranger.websiteIds.slice(0, 1) } };
        },
      },
      {
        what: 'with billing',
        status: 201,
        send: () => ({ json: some({ billing_enabled: true }) }),
        shows: () => ({
          group: { ...common, billingEnabled: true, websiteIds: tenant.websiteIds.slice(0, 2) },
        }),
      },
    ],
    refuses: [
      { ...invalid, what: 'nothing', fields: ['name', 'website_ids'], send: () => ({ json: {} }) },
      { ...invalid, what: 'a list', fields: [''], send: () => ({ json: [] }) },
      ...badNames(some),
      ...badIds('website_ids'),
      foreignIds('website_ids'),
      {
        ...invalid,
        what: 'an empty external id',
        fields: ['external_id'],
        send: () => ({ json: some({ external_id: '' }) }),
      },
      {
        ...invalid,
        what: 'a word for billing_enabled',
        fields: ['billing_enabled'],
        send: () => ({ json: some({ billing_enabled: 'yes' }) }),
      },
      {
        ...forbidden,
        what: 'an external id from whoever is no partner',
        send: () => ({
          key: stranger.key,
          json: { name: 'N', website_ids: stranger.websiteIds, external_id: 'x' },
        }),
      },
      {
        ...IN_USE,
        what: 'an external id in use',
        send: async () => ({ json: some(await inUse()) }),
      },
      {
        ...notConfigured,
        what: 'billing where there is no provider',
        send: () => {
          const website_ids = idle.partner.websiteIds;
          return { idle: true, json: { name: 'N', website_ids, billing_enabled: true } };
        },
      },
      {
        status: 502,
        code: 'upstream_failed',
        what: 'billing that its provider does not make within the wait',
        words: 'Billing could not be enabled',
        send: () => {
          billing.next('held', 'create');
          return { json: some({ billing_enabled: true }), headers: { prefer: 'wait=1' } };
        },
      },
    ],
  },
  {
    route: 'PATCH /groups/:id',
    path: pathOf,
    body: () => ({ name: fresh('Group') }),
    succeeds: [
      {
        what: 'a name',
        status: 200,
        send: () => ({ json: { name: 'Renamed' } }),
        shows: group({ name: 'Renamed' }),
      },
      {
        what: 'all of it at once',
        status: 200,
        send: () => ({
          json: {
            name: 'All',
            add_website_ids: [tenant.websiteIds[2]],
            remove_website_ids: tenant.websiteIds.slice(0, 2),
            external_id: 'all-of-it',
            billing_enabled: false,
          },
        }),
        shows: group({ name: 'All', externalId: 'all-of-it', websites: [website()] }),
      },
      {
        what: 'null for the external id',
        status: 200,
        send: async () => ({
          path: await pathOf(aGroup({ externalId: fresh('ref') })),
          json: { external_id: null },
        }),
        shows: group({ websites: [] }),
      },
      {
        what: 'what it does not know of beside what it does',
        status: 200,
        send: () => ({ json: { name: 'Known', color: 'red' } }),
        shows: group({ name: 'Known' }),
      },
      {
        what: 'billing, whose entity is made',
        status: 200,
        send: () => ({ json: { name: 'Billed', billing_enabled: true } }),
        shows: group({ name: 'Billed', billingEnabled: true }),
      },
      {
        what: 'a job, for whoever would not wait for billing',
        status: 202,
        send: () => ({ json: { billing_enabled: true }, headers: { prefer: 'respond-async' } }),
        shows: { job: expect.objectContaining({ kind: 'billing-provisioning' }) },
        headers: { 'preference-applied': 'respond-async', location: expect.any(String) },
      },
    ],
    absent: {
      words: 'Group not found',
      unknown: `/groups/${NOBODY}`,
      foreign: () => pathOf(aForeignGroup()),
      malformed: '/groups/x',
      malformedIs: noId,
    },
    refuses: [
      { ...invalid, what: 'nothing', fields: [''], send: () => ({ json: {} }) },
      { ...invalid, what: 'a list', fields: [''], send: () => ({ json: [] }) },
      ...badNames(() => ({})),
      ...badIds('add_website_ids'),
      ...badIds('remove_website_ids'),
      foreignIds('add_website_ids'),
      {
        ...invalid,
        what: 'a website to add and to remove',
        fields: ['remove_website_ids.0'],
        send: () => ({
          json: { add_website_ids: [NOBODY], remove_website_ids: [NOBODY.toUpperCase()] },
        }),
      },
      {
        ...invalid,
        what: 'an empty external id',
        fields: ['external_id'],
        send: () => ({ json: { external_id: '' } }),
      },
      ...(['x', null] as const).map((external_id) => ({
        ...forbidden,
        what: `${external_id} for the external id from whoever is no partner`,
        send: async () => ({
          key: stranger.key,
          path: await pathOf(aForeignGroup()),
          json: { external_id },
        }),
      })),
      { ...IN_USE, what: 'an external id in use', send: async () => ({ json: await inUse() }) },
      {
        ...notConfigured,
        what: 'billing where there is no provider',
        send: () => ({
          idle: true,
          path: `/groups/${idle.partner.groupIds[0]}`,
          json: { billing_enabled: true },
        }),
      },
      {
        status: 502,
        code: 'upstream_failed',
        what: 'billing that its provider refuses',
        words: 'No more customers',
        send: async () => {
          const { id } = await aGroup();
          billing.reject(id, 402, 'No more customers on this plan');
          return { path: `/groups/${id}`, json: { name: 'Never', billing_enabled: true } };
        },
      },
    ],
  },
  {
    route: 'GET /groups',
    reads: true,
    succeeds: [
      {
        what: 'all groups',
        status: 200,
        send: () => ({ key: stranger.key }),
        shows: () => {
          const { externalId: _, ...shown } = common;
          return {
            groups: expect.arrayContaining([
              { ...shown, name: 'Group 1', websites },
              { ...shown, name: 'Group 2', websites },
            ]),
          };
        },
      },
      {
        what: 'the one with an external id',
        status: 200,
        send: async () => ({ path: `/groups?external_id=${(await inUse()).external_id}` }),
        shows: {
          groups: [{ ...common, name: 'Holder', externalId: expect.any(String), websites: [] }],
        },
      },
      {
        what: 'none with an external id that no group has',
        status: 200,
        send: () => ({ path: '/groups?external_id=nobody' }),
        shows: { groups: [] },
      },
    ],
    refuses: [
      {
        ...invalid,
        what: 'an empty external id',
        fields: ['external_id'],
        send: () => ({ path: '/groups?external_id=' }),
      },
      {
        ...forbidden,
        what: 'an external id from whoever is no partner',
        send: () => ({ key: stranger.key, path: '/groups?external_id=x' }),
      },
    ],
  },
  {
    route: 'GET /groups/:id',
    path: pathOf,
    reads: true,
    succeeds: [{ what: 'the group', status: 200, send: () => ({}), shows: group() }],
    absent: {
      words: 'Group not found',
      unknown: `/groups/${NOBODY}`,
      foreign: () => pathOf(aForeignGroup()),
      malformed: '/groups/x',
      malformedIs: noId,
    },
    refuses: [],
  },
];
