import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { audit, difference, NO_KEY, shownUrl, type AuditEntry } from './audit.ts';
import { eachAuditEntries, listAuditLog } from './read-audit-log.ts';
import { useDatabase } from './testing/use-events.ts';

const use = useDatabase();

const anEntry = (orgId: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  orgId,
  by: NO_KEY,
  action: 'group.update',
  resourceId: newId(),
  before: { name: 'North' },
  after: { name: 'South' },
  ...more,
});
const write = (...entries: AuditEntry[]) =>
  use.db.transaction().execute((trx) => audit(trx, ...entries));
const list = (orgId: string, query: object = {}) =>
  listAuditLog(use.db, orgId, { limit: 50, ...query });

test('an entry says who did what to which resource, when, and what it was and is', async () => {
  const [orgId, apiKeyId] = [newId(), newId()];
  const entry = anEntry(orgId, { by: { apiKeyId, requestId: 'req-1' } });
  const before = Date.now();
  await write(entry);
  const { entries } = await list(orgId);
  expect(entries).toEqual([
    {
      id: expect.any(String),
      at: expect.any(String),
      api_key_id: apiKeyId,
      action: 'group.update',
      resource: { type: 'group', id: entry.resourceId },
      before: { name: 'North' },
      after: { name: 'South' },
      request_id: 'req-1',
    },
  ]);
  expect(Math.abs(Date.parse(entries[0]!.at) - before)).toBeLessThan(60_000);
});

test('an entry is committed with its change or not at all, and is refused outside a transaction', async () => {
  const orgId = newId();
  const undone = use.db.transaction().execute(async (trx) => {
    await audit(trx, anEntry(orgId));
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  await expect(audit(use.db, anEntry(orgId))).rejects.toThrow('written with the change');
  expect((await list(orgId)).entries).toEqual([]);
});

test('the database refuses to change, remove or empty entries', async () => {
  const orgId = newId();
  await write(anEntry(orgId));
  for (const attempt of [
    sql`update audit_log set after = '{}' where org_id = ${orgId}`,
    sql`delete from audit_log where org_id = ${orgId}`,
    sql`truncate audit_log`,
  ]) {
    await expect(attempt.execute(use.db)).rejects.toMatchObject({ code: '23001' });
  }
  expect((await list(orgId)).entries).toMatchObject([{ after: { name: 'South' } }]);
});

test('whatever is written down, a page of two hundred entries is some megabytes at most', async () => {
  const orgId = newId();
  const long = { lists: Array(1_000).fill(Array(100).fill('x'.repeat(100))), name: 'y' };
  await write(anEntry(orgId, { before: long, after: { ids: [...Array(150).keys()] } }));
  const [entry] = (await list(orgId)).entries;
  expect(entry!.before).toEqual({ left_out: expect.stringMatching(/^\d{7} characters$/) });
  expect(entry!.after).toEqual({ ids: [...Array(100).keys(), 'and 50 more'] });
});

test('pages follow each other newest first, without gaps or repeats', async () => {
  const orgId = newId();
  for (let n = 0; n < 5; n += 1) await write(anEntry(orgId, { after: { n } }));
  const seen: unknown[] = [];
  let cursor = '';
  do {
    const page = await list(orgId, { limit: 2, cursor });
    seen.push(...page.entries.map(({ after }) => after?.n));
    cursor = page.next_cursor;
  } while (cursor !== '');
  expect(seen).toEqual([4, 3, 2, 1, 0]);
});

test('each filter leaves what it names, and another organization has none of it', async () => {
  const [orgId, apiKeyId] = [newId(), newId()];
  const by = { apiKeyId, requestId: null };
  const wanted = anEntry(orgId, { action: 'website.create', before: null, by });
  await write(wanted, anEntry(orgId), anEntry(orgId));
  const { entries } = await list(orgId, { resource_id: wanted.resourceId });
  expect(entries).toHaveLength(1);
  const [entry] = entries;
  for (const filter of [
    { action: 'website.create' },
    { resource_type: 'website' },
    { api_key_id: apiKeyId },
  ]) {
    expect((await list(orgId, filter)).entries).toEqual(entries);
    expect((await list(newId(), filter)).entries).toEqual([]);
  }
  const at = Date.parse(entry!.at);
  const time = (ms: number) => new Date(at + ms).toISOString();
  expect((await list(orgId, { from: time(-1_000), to: time(1_000) })).entries).toHaveLength(3);
  expect((await list(orgId, { from: time(1_000) })).entries).toEqual([]);
  expect((await list(orgId, { to: time(-1_000) })).entries).toEqual([]);
});

test('a log of thousands is streamed whole, in the order of its pages', async () => {
  const orgId = newId();
  await write(...Array.from({ length: 2_001 }, (_, n) => anEntry(orgId, { after: { n } })));
  const sizes: number[] = [];
  const ids: string[] = [];
  for await (const entries of eachAuditEntries(use.db, orgId, { action: 'group.update' })) {
    sizes.push(entries.length);
    ids.push(...entries.map(({ id }) => id));
  }
  expect(sizes).toEqual([...Array(10).fill(200), 1]);
  expect(ids).toEqual([...new Set(ids)].toSorted().toReversed());
});

test('a stream goes on after any entry, by cursor or by its id, and takes as many as are asked for', async () => {
  const orgId = newId();
  await write(...Array.from({ length: 450 }, (_, n) => anEntry(orgId, { after: { n } })));
  const read = async (query: object) => {
    const seen: string[] = [];
    for await (const entries of eachAuditEntries(use.db, orgId, query)) {
      seen.push(...entries.map(({ id }) => id));
    }
    return seen;
  };
  const all = await read({});
  expect(all).toHaveLength(450);
  const { next_cursor } = await list(orgId, { limit: 7 });
  expect(await read({ cursor: next_cursor })).toEqual(all.slice(7));
  expect(await read({ cursor: all[6] })).toEqual(all.slice(7));
  expect((await list(orgId, { cursor: all[6] })).entries.map(({ id }) => id)).toEqual(
    all.slice(7, 57),
  );
  for (const limit of [1, 200, 201, 449, 1_000]) {
    expect(await read({ limit, cursor: all[0] })).toEqual(all.slice(1, 1 + limit));
  }
  expect(() => eachAuditEntries(use.db, orgId, { cursor: 'x' })).toThrow('cursor');
});

test('an entry that commits late is found by whoever begins again a little earlier', async () => {
  const orgId = newId();
  const late = await use.db.startTransaction().execute();
  await audit(late, anEntry(orgId, { action: 'job.pause' }));
  await write(anEntry(orgId));
  const known = (await list(orgId)).entries;
  const newest = known[0]!.at;
  await late.commit().execute();
  expect((await list(orgId, { from: newest })).entries).toEqual(known);
  const from = new Date(Date.parse(newest) - 300_000).toISOString();
  const again = (await list(orgId, { from })).entries;
  expect(again.map(({ action }) => action)).toEqual(['group.update', 'job.pause']);
});

test('a difference holds the fields that changed, on both sides', () => {
  const at = new Date();
  const before = { name: 'A', at, list: ['x'], same: null as string | null };
  expect(difference(before, { ...before, name: 'B', at: new Date(+at), list: ['y'] })).toEqual({
    before: { name: 'A', list: ['x'] },
    after: { name: 'B', list: ['y'] },
  });
});

test.each([
  ['https://user:pass@hooks.example/in?token=s3cret#part', 'https://hooks.example/in?…'],
  ['user:pass@shop.example', 'shop.example'],
  ['https://hooks.example/in#s3cret', 'https://hooks.example/in'],
  ['shop.example/people/@ann', 'shop.example/people/@ann'],
])('of %s the log shows no credential', (url, shown) => {
  expect(shownUrl(url)).toBe(shown);
});
