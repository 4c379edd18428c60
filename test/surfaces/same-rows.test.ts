import { describe, expect, test } from 'vitest';
import { expectRefusal } from './surface.ts';
import { aGroup, api, aTenant, contentOf, create, must, send, type Tenant } from './use-tenants.ts';
import { ATHENA, CONNECT, KONSTANTLY, VERBS, type Ids, type Verbs } from './verbs.ts';

/** A name as it is sent, and as it is kept. */
const NAMES: Array<[what: string, sent: string, kept: string]> = [
  ['of 1 character', 'x', 'x'],
  ['of 255 characters', 'é'.repeat(255), 'é'.repeat(255)],
  ['of 255 characters and space around them', ` ${'n'.repeat(255)}\u2003`, 'n'.repeat(255)],
  ['of 510 characters that NFC makes 255', 'e\u0301'.repeat(255), 'é'.repeat(255)],
  ['with space around and inside it', '\u00a0 a  b ', 'a  b'],
  ['in NFD', 'No\u0308rd-Su\u0308d', 'Nörd-Süd'],
  ['beyond the first plane', '😀'.repeat(127), '😀'.repeat(127)],
  ['that looks like code', `'; <b> "\\ %00 null`, `'; <b> "\\ %00 null`],
];

interface Scenario {
  what: string;
  /** Who can say it. */
  through: Verbs[];
  drive: (tenant: Tenant, verbs: Verbs) => Promise<Ids>;
  row: object;
}

const BARE = {
  name: 'Nord',
  external_id: null,
  billing_enabled: false,
  parent_id: null,
  description: null,
  attributes: {},
};
const FULL = {
  ...BARE,
  external_id: 'ref-0',
  description: 'Of old',
  attributes: { region: 'EMEA' },
};

const changed =
  (...changes: Array<(verbs: Verbs) => object>): Scenario['drive'] =>
  async (tenant, verbs) => {
    const group = await aGroup(tenant);
    for (const fields of changes) {
      await must(tenant, verbs, verbs.change(verbs.idOf(group), fields(verbs)));
    }
    return group;
  };
const referred =
  (reference: string | null) =>
  ({ referenceField }: Verbs) => ({ [referenceField!]: reference });
const REFERRING = [ATHENA, CONNECT];

const SCENARIOS: Scenario[] = [
  ...NAMES.map(([what, sent, name]) => ({
    what: `a group renamed to a name ${what}`,
    through: VERBS,
    drive: changed(() => ({ name: sent })),
    row: { ...FULL, name },
  })),
  ...NAMES.flatMap(([what, sent, name]) => [
    {
      what: `a group created with a name ${what} and no reference`,
      through: VERBS.filter(({ referenceAtCreation }) => referenceAtCreation !== 'always'),
      drive: (tenant: Tenant, verbs: Verbs) => create(tenant, verbs, { name: sent }),
      row: { ...BARE, name },
    },
    {
      what: `a group created with a name and a reference ${what}`,
      through: REFERRING,
      drive: (tenant: Tenant, verbs: Verbs) =>
        create(tenant, verbs, { name: sent, reference: sent }),
      row: { ...BARE, name, external_id: name },
    },
    {
      what: `a group given a reference ${what}`,
      through: REFERRING,
      drive: changed(referred(sent)),
      row: { ...FULL, external_id: name },
    },
  ]),
  {
    what: 'a group renamed away and back',
    through: VERBS,
    drive: changed(
      () => ({ name: 'Away' }),
      () => ({ name: 'Nord' }),
    ),
    row: FULL,
  },
  {
    what: 'a group told what it is already',
    through: VERBS,
    drive: changed(() => ({ name: 'Nord' })),
    row: FULL,
  },
  {
    what: 'a group told what nobody knows',
    through: VERBS,
    drive: changed(() => ({ name: 'Nord', color: 'red', org_id: 'x', number: 1 })),
    row: FULL,
  },
  {
    what: 'a group given another reference and its own again',
    through: REFERRING,
    drive: changed(referred('other'), referred('ref-0')),
    row: FULL,
  },
  {
    what: 'a group renamed in the request that gives it a reference',
    through: REFERRING,
    drive: changed((verbs) => ({ name: 'Both', ...referred('both')(verbs) })),
    row: { ...FULL, name: 'Both', external_id: 'both' },
  },
];

/** Every scenario is driven once on each surface, in an organization of its own. */
const driven = new Map<string, Promise<{ tenant: Tenant; group: Ids }>>();
function drive({ what, drive: go }: Scenario, verbs: Verbs) {
  const place = `${verbs.surface.name}: ${what}`;
  const known = driven.get(place);
  if (known) return known;
  const done = aTenant().then(async (tenant) => ({ tenant, group: await go(tenant, verbs) }));
  driven.set(place, done);
  return done;
}

describe.each(VERBS)('through $surface.name', (verbs) => {
  const mine = SCENARIOS.filter(({ through }) => through.includes(verbs));
  test.each(mine)('$what is the row that every surface makes of it', async (scenario) => {
    const { group } = await drive(scenario, verbs);
    const row = await contentOf(group);
    expect(row).toMatchObject(scenario.row);
    const others = scenario.through.filter((other) => other !== verbs);
    expect(others).not.toEqual([]);
    for (const other of others) {
      expect(await contentOf((await drive(scenario, other)).group)).toEqual(row);
    }
  });

  test.each(mine)('$what reads the same on all three, alone and in lists', async (scenario) => {
    const { tenant, group } = await drive(scenario, verbs);
    const { name, external_id: reference } = await contentOf(group);
    const read = async (reader: Verbs) => {
      const id = reader.idOf(group);
      const one = reader.group((await must(tenant, reader, reader.get(id))).body);
      const { body } = await must(tenant, reader, reader.list());
      expect(reader.groups(body)).toEqual([one]);
      expect(one).toMatchObject({ id, name, ...(reader.referenceField && { reference }) });
      return one;
    };
    const [inAthena, inConnect, inKonstantly] = [
      await read(ATHENA),
      await read(CONNECT),
      await read(KONSTANTLY),
    ];
    expect(inAthena.createdAt).toBe(inConnect.createdAt);
    expect(inAthena.websites).toBe(inKonstantly.websites);
  });

  const known = SCENARIOS.filter(({ row }) => 'external_id' in row && row.external_id !== null);
  test.each(known.filter(({ through }) => through.includes(verbs)))(
    '$what is found by its reference',
    async (scenario) => {
      const { tenant, group } = await drive(scenario, verbs);
      const { external_id } = await contentOf(group);
      for (const finder of REFERRING) {
        const query = new URLSearchParams({ [finder.referenceField!]: external_id! });
        const request = { method: 'GET', path: `/groups?${query.toString()}` };
        const found = finder.groups((await must(tenant, finder, request)).body);
        expect(found.map(({ id }) => id)).toEqual([finder.idOf(group)]);
      }
    },
  );

  test.each<[what: string, name: unknown]>([
    ['of nothing but space', ' \u00a0\u2003\t'],
    ['of 256 characters', 'x'.repeat(256)],
    ['of 256 characters after NFC', 'e\u0301'.repeat(256)],
    ['with a line feed', 'a\nb'],
    ['with NUL', 'a\u0000'],
    ['with half a character', '\ud800'],
    ['that is a number', 7],
    ['that is a list', ['x']],
    ['that is an object', { x: 1 }],
    ['that is true', true],
  ])('a name %s makes no group, and changes none', async (_, name) => {
    const tenant = await aTenant();
    const group = await aGroup(tenant);
    const rows = () => api.db.selectFrom('groups').where('org_id', '=', tenant.id).selectAll();
    const before = await rows().execute();
    const wanted = { name: name as string, websiteIds: tenant.websiteIds };
    const reference = verbs.referenceAtCreation === 'never' ? undefined : 'new';
    for (const request of [
      verbs.create({ ...wanted, reference }),
      verbs.change(verbs.idOf(group), { name }),
    ]) {
      const answer = await send(tenant, verbs, request);
      const refusal = { status: 400, code: 'invalid_request', fields: ['name'] };
      // With one thing wrong its message says that thing alone.
      const one = verbs === CONNECT ? { ...refusal, fields: [], words: 'name: must' } : refusal;
      expectRefusal(verbs.surface, answer, one);
    }
    expect(await rows().execute()).toEqual(before);
  });

  test.each<[what: string, name?: unknown]>([['none'], ['null', null], ['""', '']])(
    'where the name is %s no group is made',
    async (_, name) => {
      const tenant = await aTenant();
      const { json, ...post } = verbs.create({
        name: name as string,
        websiteIds: tenant.websiteIds,
        reference: verbs.referenceAtCreation === 'never' ? undefined : 'new',
      });
      expect((await send(tenant, verbs, { ...post, json })).status).toBe(400);
      expect(verbs.groups((await must(tenant, verbs, verbs.list())).body)).toEqual([]);
    },
  );
});
