import { newId } from '@usher/db';
import { expect, test } from 'vitest';
import { api, ask, aUser, create } from './use-konstantly.ts';

interface Wanted {
  method: 'POST' | 'PATCH';
  path: string;
  json: object;
  /** Another body, as good. */
  other: object;
}

const WRITES: Array<[what: string, prepare: () => Promise<Wanted>]> = [
  [
    'a group that is made',
    async () => ({
      method: 'POST',
      path: '/groups',
      json: { name: 'North' },
      other: { name: 'South' },
    }),
  ],
  [
    'a group that is changed',
    async () => {
      const [{ id }, parent] = [(await create()).body, (await create()).body.id];
      const json = { name: 'North', parentId: parent };
      return { method: 'PATCH', path: `/groups/${id}`, json, other: { ...json, parentId: null } };
    },
  ],
  [
    'an attribute that is defined',
    async () => {
      const json = { name: newId(), type: 'text' };
      return { method: 'POST', path: '/group-attributes', json, other: { ...json, name: newId() } };
    },
  ],
  [
    'a user who is added to groups',
    async () => {
      const { id } = (await create()).body;
      const path = `/users/${await aUser()}/groups`;
      return { method: 'POST', path, json: { groups: [id] }, other: { groups: [] } };
    },
  ],
];

const logged = async (): Promise<number> => {
  const rows = await api.db.selectFrom('audit_log').select('id').execute();
  return rows.length;
};

test.each(WRITES)(
  '%s under one key is so once, however many ask at once, and is answered to all',
  async (_, prepare) => {
    const { method, path, json, other } = await prepare();
    const headers = { 'idempotency-key': `"${newId()}"` };
    const send = (body: object) => ask(method, path, { json: body, headers });
    const before = await logged();
    const answers = await Promise.all(Array.from({ length: 6 }, () => send(json)));
    expect(await logged()).toBe(before + 1);
    for (const { status, body } of answers) expect([status, body]).toEqual([200, answers[0]!.body]);
    const replays = answers.filter((answer) => answer.headers.has('idempotent-replayed'));
    expect(replays).toHaveLength(5);
    const another = await send(other);
    expect([another.status, another.body]).toEqual([
      422,
      { status: 422, message: expect.any(String) },
    ]);
    expect(await logged()).toBe(before + 1);
  },
);

test.each(WRITES)(
  "%s: another organization's key of the same words is its own",
  async (_, prepare) => {
    const { method, path, json } = await prepare();
    const headers = { 'idempotency-key': newId() };
    const first = await ask(method, path, { json, headers });
    expect(first.status).toBe(200);
    const theirs = await ask(method, path, { json, headers, key: api.partner.key });
    expect(theirs.headers.has('idempotent-replayed')).toBe(false);
    expect([200, 404]).toContain(theirs.status);
  },
);

test('a refusal is not kept: the same key does what is right then', async () => {
  const { id } = (await create()).body;
  const headers = { 'idempotency-key': newId() };
  const send = (json: object) => ask('PATCH', `/groups/${id}`, { json, headers });
  expect((await send({ name: 'N', parentId: id })).status).toBe(400);
  const { status, body } = await send({ name: 'N', parentId: null });
  expect([status, body.name]).toEqual([200, 'N']);
});

test('a change that was answered is answered again when its group is gone', async () => {
  const { id } = (await create()).body;
  const headers = { 'idempotency-key': newId() };
  const send = () => ask('PATCH', `/groups/${id}`, { json: { name: 'N' }, headers });
  const first = await send();
  await ask('DELETE', `/groups/${id}`);
  const second = await send();
  expect([second.status, second.body]).toEqual([200, first.body]);
});
