import { describe, expect, test } from 'vitest';
import {
  aGroup,
  audited,
  aTenant,
  must,
  updatedAt,
  versionOf,
  type Tenant,
} from './use-tenants.ts';
import { ATHENA, CONNECT, KONSTANTLY, VERBS, type Ids, type Verbs } from './verbs.ts';

interface Place {
  tenant: Tenant;
  group: Ids;
  /** It is below this one. */
  parent: Ids;
}

async function aPlace(): Promise<Place> {
  const tenant = await aTenant();
  const parent = await aGroup(tenant, { name: 'Above', externalId: null });
  const group = await aGroup(tenant, { parentNumber: parent.number });
  return { tenant, group, parent };
}

type Said = [verbs: Verbs, what: string, fields: (place: Place) => object | undefined];

/** Each says something that is not so yet. */
const CHANGES: Said[] = [
  ...VERBS.map((verbs): Said => [verbs, 'another name', () => ({ name: 'Süd' })]),
  [ATHENA, 'another external_id', () => ({ external_id: 'ref-1' })],
  [ATHENA, 'no external_id', () => ({ external_id: null })],
  [ATHENA, 'a website more', ({ tenant }) => ({ add_website_ids: tenant.websiteIds })],
  [
    ATHENA,
    'a website less',
    ({ tenant }) => ({ remove_website_ids: tenant.websiteIds.slice(0, 1) }),
  ],
  [CONNECT, 'another reference', () => ({ external_reference_id: 'ref-1' })],
  [KONSTANTLY, 'no parent', () => ({ name: 'Nord', parentId: null })],
  [KONSTANTLY, 'another description', () => ({ name: 'Nord', description: 'Anew' })],
  [KONSTANTLY, 'no description', () => ({ name: 'Nord', description: null })],
  [KONSTANTLY, 'another attribute', () => ({ name: 'Nord', attributes: { size: 'big' } })],
  [KONSTANTLY, 'another value', () => ({ name: 'Nord', attributes: { region: 'APAC' } })],
  [KONSTANTLY, 'an attribute less', () => ({ name: 'Nord', attributes: { region: null } })],
];

/** Each says what is so already, or nothing. */
const NO_OPS: Said[] = [
  ...VERBS.flatMap((verbs): Said[] => [
    [verbs, 'the same name', () => ({ name: 'Nord' })],
    [verbs, 'the same name with space around it', () => ({ name: ' Nord\u00a0' })],
    [verbs, 'the same name and unknown fields', () => ({ name: 'Nord', updated_at: 0, image: {} })],
  ]),
  [ATHENA, 'the same external_id', () => ({ external_id: 'ref-0' })],
  [
    ATHENA,
    'websites that it has',
    ({ tenant }) => ({ add_website_ids: tenant.websiteIds.slice(0, 2) }),
  ],
  [
    ATHENA,
    'websites that it has, in capitals and twice',
    ({ tenant: { websiteIds } }) => ({
      add_website_ids: [websiteIds[0], websiteIds[0]!.toUpperCase()],
    }),
  ],
  [
    ATHENA,
    'websites to lose that it does not have',
    ({ tenant }) => ({ remove_website_ids: tenant.websiteIds.slice(2) }),
  ],
  [ATHENA, 'billing off, which it is', () => ({ billing_enabled: false })],
  [
    ATHENA,
    'all of it at once',
    ({ tenant }) => ({
      name: 'Nord',
      external_id: 'ref-0',
      add_website_ids: tenant.websiteIds.slice(0, 1),
      remove_website_ids: tenant.websiteIds.slice(3),
      billing_enabled: false,
    }),
  ],
  [CONNECT, '{}', () => ({})],
  [CONNECT, 'no body', () => undefined],
  [CONNECT, 'null in both fields', () => ({ name: null, external_reference_id: null })],
  [CONNECT, '"" in both fields', () => ({ name: '', external_reference_id: '' })],
  [CONNECT, 'the same reference', () => ({ external_reference_id: 'ref-0' })],
  [
    CONNECT,
    'the same name and reference',
    () => ({ name: 'Nord', external_reference_id: ' ref-0 ' }),
  ],
  [
    KONSTANTLY,
    'the same name and parent',
    ({ parent }) => ({ name: 'Nord', parentId: parent.number }),
  ],
  [KONSTANTLY, 'the same attributes', () => ({ name: 'Nord', attributes: { region: ' EMEA ' } })],
  [KONSTANTLY, 'attributes of none', () => ({ name: 'Nord', attributes: {} })],
  [KONSTANTLY, 'null for the attributes', () => ({ name: 'Nord', attributes: null })],
  [
    KONSTANTLY,
    'an attribute to clear that it does not have',
    () => ({ name: 'Nord', attributes: { size: null } }),
  ],
  [KONSTANTLY, 'the same description', () => ({ name: 'Nord', description: ' Of old\r\n' })],
  [
    KONSTANTLY,
    'all of it at once',
    ({ parent }) => ({
      name: 'Nord',
      parentId: parent.number,
      description: 'Of old',
      attributes: { region: 'EMEA' },
    }),
  ],
];

const say = ({ tenant, group }: Place, verbs: Verbs, json: object | undefined) =>
  must(tenant, verbs, { ...verbs.change(verbs.idOf(group), {}), json });

describe.each(
  CHANGES.map(([verbs, what, fields]) => ({ by: verbs.surface.name, what, verbs, fields })),
)('told $what by $by', ({ verbs, fields }) => {
  test('updated_at moves for all, once, and all read the group as it is', async () => {
    const place = await aPlace();
    const { tenant, group } = place;
    const before = await updatedAt(tenant, group);
    const entries = await audited(tenant);
    const { body } = await say(place, verbs, fields(place));
    const after = await updatedAt(tenant, group);
    expect(Date.parse(after)).toBeGreaterThan(Date.parse(before));
    expect(await audited(tenant)).toBe(entries + 1);
    // What was answered is what is read there now.
    const read = await must(tenant, verbs, verbs.get(verbs.idOf(group)));
    expect(body).toEqual(read.body);
    for (const reader of VERBS) {
      const { body: seen } = await must(tenant, reader, reader.get(reader.idOf(group)));
      expect(reader.group(seen).name).toBe(verbs.group(body).name);
    }
    await say(place, verbs, fields(place));
    expect([await updatedAt(tenant, group), await audited(tenant)]).toEqual([after, entries + 1]);
  });
});

describe.each(
  NO_OPS.map(([verbs, what, fields]) => ({ by: verbs.surface.name, what, verbs, fields })),
)('told $what by $by', ({ verbs, fields }) => {
  test('updated_at moves for none, and nothing is written', async () => {
    const place = await aPlace();
    const { tenant, group } = place;
    const seen = () =>
      Promise.all([
        versionOf(group),
        audited(tenant),
        ...VERBS.map(async (reader) => {
          return (await must(tenant, reader, reader.get(reader.idOf(group)))).body;
        }),
      ]);
    const before = await seen();
    const { status, body } = await say(place, verbs, fields(place));
    expect([status, body]).toEqual([200, before[2 + VERBS.indexOf(verbs)]]);
    expect(await seen()).toEqual(before);
  });
});

test('a group whose parent is deleted was changed, and its siblings were not', async () => {
  const { tenant, group, parent } = await aPlace();
  const other = await aGroup(tenant, { externalId: null });
  const [before, others] = [await updatedAt(tenant, group), await versionOf(other)];
  await must(tenant, KONSTANTLY, { method: 'DELETE', path: `/groups/${parent.number}` });
  expect(Date.parse(await updatedAt(tenant, group))).toBeGreaterThan(Date.parse(before));
  expect(await versionOf(other)).toBe(others);
});

test('updated_at is never before what was read of it, however changes follow one another', async () => {
  const place = await aPlace();
  let last = await updatedAt(place.tenant, place.group);
  for (let count = 0; count < 12; count += 1) {
    await say(place, VERBS[count % 3]!, { name: `Nord ${count}` });
    const now = await updatedAt(place.tenant, place.group);
    expect(now >= last).toBe(true);
    last = now;
  }
});
