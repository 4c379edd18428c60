import { newId } from '@usher/db';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../support/test-api.ts';
import { waitFor } from '../support/wait-for.ts';
import { ask, expectRefusal, plain, type Request } from './surface.ts';
import { aGroup, aTenant, must, send, versionOf } from './use-tenants.ts';
import { ATHENA, CONNECT, KONSTANTLY, VERBS, type Verbs } from './verbs.ts';

const LIMIT = 6;
let limited: TestApi;
beforeAll(async () => {
  limited = await startTestApi({ RATE_LIMIT_PER_MINUTE: String(LIMIT) });
});
afterAll(() => limited.close());

const UNKNOWN = { id: newId(), number: 2_147_483_647 };

/** All that can be asked of one group. */
const REQUESTS: Array<[verbs: Verbs, what: string, request: (id: string | number) => Request]> = [
  ...VERBS.flatMap((verbs): typeof REQUESTS => [
    [verbs, 'reading it', verbs.get],
    [verbs, 'renaming it', (id) => verbs.change(id, { name: 'Mine' })],
  ]),
  [ATHENA, 'its reference', (id) => ATHENA.change(id, { external_id: 'mine' })],
  [ATHENA, 'its billing', (id) => ATHENA.change(id, { billing_enabled: false })],
  [ATHENA, 'its credits', (id) => ({ method: 'GET', path: `/credits/group?group_id=${id}` })],
  [
    ATHENA,
    'giving it credits',
    (id) => ({ method: 'PUT', path: '/credits/group', json: { group_id: id, monthly: 1 } }),
  ],
  [CONNECT, 'its reference', (id) => CONNECT.change(id, { external_reference_id: 'mine' })],
  [CONNECT, 'no change of it', (id) => CONNECT.change(id, {})],
  [KONSTANTLY, 'deleting it', (id) => ({ method: 'DELETE', path: `/groups/${id}` })],
];

const namesIn = ({ headers }: { headers: Headers }) =>
  [...headers.keys()].filter((name) => name !== 'content-length');

describe.each(
  REQUESTS.map(([verbs, what, request]) => ({ by: verbs.surface.name, what, verbs, request })),
)('$what on $by', ({ verbs, request }) => {
  test("of another organization's group is a 404 that an unknown one gets too", async () => {
    const [mine, theirs] = [await aTenant(), await aTenant()];
    const group = await aGroup(theirs);
    const before = await versionOf(group);
    const foreign = await send(mine, verbs, request(verbs.idOf(group)));
    const unknown = await send(mine, verbs, request(verbs.idOf(UNKNOWN)));
    const refusal = { status: 404, code: 'not_found', words: 'Group not found' };
    for (const answer of [foreign, unknown]) expectRefusal(verbs.surface, answer, refusal);
    expect(plain(foreign)).toEqual(plain(unknown));
    expect(namesIn(foreign)).toEqual(namesIn(unknown));
    expect(await versionOf(group)).toBe(before);
  });
});

test.each(VERBS)("$surface.name lists nothing of another organization's", async (verbs) => {
  const [mine, theirs] = [await aTenant(), await aTenant()];
  const [group, other] = [await aGroup(mine), await aGroup(theirs, { name: 'Theirs' })];
  for (const [tenant, own] of [
    [mine, group],
    [theirs, other],
  ] as const) {
    const { body } = await must(tenant, verbs, verbs.list());
    expect(verbs.groups(body).map(({ id }) => id)).toEqual([verbs.idOf(own)]);
  }
});

test.each([ATHENA, CONNECT])(
  'on $surface.name a reference of another organization is free, and finds one group for each',
  async (verbs) => {
    const [mine, theirs] = [await aTenant(), await aTenant()];
    const group = await aGroup(mine, { externalId: null });
    const other = await aGroup(theirs, { externalId: 'shared' });
    await must(mine, verbs, verbs.change(verbs.idOf(group), { [verbs.referenceField!]: 'shared' }));
    const path = `/groups?${verbs.referenceField}=shared`;
    for (const [tenant, own] of [
      [mine, group],
      [theirs, other],
    ] as const) {
      const { body } = await must(tenant, verbs, { method: 'GET', path });
      expect(verbs.groups(body).map(({ id }) => id)).toEqual([verbs.idOf(own)]);
    }
  },
);

test("another organization's group is as unknown to Konstantly as a parent as no group at all", async () => {
  const [mine, theirs] = [await aTenant(), await aTenant()];
  const [group, foreign] = [await aGroup(mine), await aGroup(theirs)];
  const answers = await Promise.all(
    [foreign, UNKNOWN].map(({ number }) =>
      send(mine, KONSTANTLY, KONSTANTLY.change(group.number, { name: 'Nord', parentId: number })),
    ),
  );
  const refusal = { status: 400, code: 'invalid_request', fields: ['parentId'] };
  for (const answer of answers) expectRefusal(KONSTANTLY.surface, answer, refusal);
  expect(answers.map(plain)[0]).toEqual(answers.map(plain)[1]);
});

/** Each surface asked in turn, from any of them on: where the organization stands after each. */
test.each(VERBS)(
  'requests to all three use up one minute’s limit, $surface.name’s as any other’s',
  async (last) => {
    const { key } = limited.partner;
    const others = VERBS.filter((verbs) => verbs !== last);
    const rate = async (verbs: Verbs) => {
      const answer = await ask(limited, verbs.surface, { ...verbs.list(), key });
      const { limit, remaining, reset } = verbs.surface.rateHeaders;
      const [of, left, minute] = [limit, remaining, reset].map((name) =>
        Number(answer.headers.get(name)),
      );
      expect(of).toBe(LIMIT);
      return { answer, left, minute };
    };
    await waitFor('all of it in one minute', async () => {
      const seen = [];
      for (let count = 0; count <= LIMIT; count += 1) seen.push(await rate(others[count % 2]!));
      const refused = await rate(last);
      if (new Set([...seen, refused].map(({ minute }) => minute)).size > 1) return false;
      // Others may have come first in this minute.
      const lefts = seen.map(({ left }) => left!);
      for (const [index, left] of lefts.entries()) {
        if (index > 0) expect(left).toBe(Math.max(0, lefts[index - 1]! - 1));
      }
      const refusal = { status: 429, code: 'rate_limited', words: `${LIMIT} requests` };
      expectRefusal(last.surface, refused.answer, refusal);
      const seconds = Number(refused.answer.headers.get('retry-after'));
      expect(seconds).toBeGreaterThanOrEqual(1);
      expect(seconds).toBeLessThanOrEqual(60);
      return true;
    });
  },
);

test('what one organization uses up is nobody else’s', async () => {
  const [greedy, other] = [limited.partner.key, limited.organization.key];
  await waitFor('refused', async () => {
    const { status } = await ask(limited, ATHENA.surface, { ...ATHENA.list(), key: greedy });
    return status === 429;
  });
  const { status } = await ask(limited, CONNECT.surface, { ...CONNECT.list(), key: other });
  expect(status).toBe(200);
});
