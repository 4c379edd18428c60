import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { AUDIT_ACTIONS } from '../../packages/contracts/src/audit-log.ts';
import { call, type Answer } from '../support/test-api.ts';
import {
  type Entry,
  HOOK,
  api,
  ask,
  endpoint,
  fresh,
  failedJob,
  invite,
  invited,
  keyId,
  lines,
  readingKey,
  written,
} from './use-audit-log.ts';
import { ROUTES } from './audited-routes.ts';

test('every action that a route can do is tried below', () => {
  const byCommand = ['organization.create', 'api_key.create', 'api_key.revoke'];
  const repairs = ['adopt', 'claim', 'forget', 'rename'].map((verb) => `billing_entity.${verb}`);
  const elsewhere = [...byCommand, ...repairs, 'webhook_endpoint.disable'];
  const tried = [...ROUTES.map(([action]) => action), ...elsewhere];
  expect(tried.toSorted()).toEqual([...AUDIT_ACTIONS].toSorted());
});

test.each(ROUTES)(
  '%s is one entry, with the key and the request; refused or repeated it is none',
  async (action, prepare) => {
    const { method = 'POST', path, json, open, ...wanted } = await prepare();
    const headers = { 'idempotency-key': newId(), 'x-request-id': fresh('request') };
    const send = (key = api.partner.key) => ask(method, path, { key, json, headers });
    if (!open) {
      const refusals = await written(async () => {
        expect((await send(readingKey)).status).toBe(403);
        await send(api.organization.key);
      });
      expect(refusals).toEqual([]);
    }
    let answer = {} as Answer<{ id: string }>;
    const entries = await written(async () => (answer = await send()));
    expect(answer.status).toBeLessThan(300);
    const { id = idIn(answer.body), before, after } = wanted;
    expect(entries).toEqual([
      {
        id: expect.any(String),
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        api_key_id: open ? null : keyId,
        action,
        resource: { type: action.split('.')[0], id },
        before,
        after,
        request_id: headers['x-request-id'],
      },
    ]);
    expect(await written(() => send())).toEqual([]);
  },
);

/** Of `{ id }`, `{ website: { id } }` and their like. */
function idIn(body: { id: string } | Record<string, { id: string }>): string {
  if (typeof body.id === 'string') return body.id;
  return (Object.values(body)[0] as { id: string }).id;
}

test('a bulk invite is the submission of a job, by a scoped key too', async () => {
  const json = {
    invite_method: 'email',
    email: 'bulk@example.com',
    website_ids: api.partner.websiteIds.slice(0, 3),
  };
  const key = api.partner.scopedKey;
  const headers = { prefer: 'respond-async' };
  const entries = await written(() => ask('POST', '/invites/bulk', { key, json, headers }));
  expect(entries).toMatchObject([
    { action: 'job.submit', after: { total: 3, input: { email: 'bulk@example.com' } } },
  ]);
  expect(entries[0]!.api_key_id).not.toBe(keyId);
});

test('of many jobs that are submitted at once each has its entry', async () => {
  const answers: Answer<{ job: { id: string } }>[] = [];
  const entries = await written(async () => {
    const submissions = Array.from({ length: 20 }, () =>
      ask<{ job: { id: string } }>('POST', '/jobs', { json: invite() }),
    );
    answers.push(...(await Promise.all(submissions)));
  });
  const ids = answers.map(({ body }) => body.job.id);
  expect(entries.map(({ resource }) => resource.id).toSorted()).toEqual(ids.toSorted());
});

test('the callback of a job is written down as the endpoint that its delivery goes to', async () => {
  const json = { ...invite(), callback_url: HOOK };
  const [entry] = await written(() => ask('POST', '/jobs', { json }));
  const { id } = await api.db
    .selectFrom('webhook_endpoints')
    .select('id')
    .where('job_id', '=', entry!.resource.id)
    .executeTakeFirstOrThrow();
  expect(entry!.after).toMatchObject({ callback: { webhook_endpoint_id: id, url: HOOK } });
});

test.each([
  ['a code twice', ['internal_error', 'internal_error']],
  ['a megabyte of codes', Array(50_000).fill('internal_error')],
  ['none', []],
])('a redrive that names %s is refused', async (_, codes) => {
  const id = await failedJob();
  const { status, body } = await ask<object>('POST', `/jobs/${id}/redrive`, { json: { codes } });
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '#/codes' }] });
});

test('what changes nothing, and what is only validated, is not in the log', async () => {
  const [groupId] = api.partner.groupIds as [string];
  const { id } = await endpoint();
  const { body } = await ask<{ group: { name: string } }>('GET', `/groups/${groupId}`);
  const entries = await written(async () => {
    for (const [method, path, json] of [
      ['PATCH', `/groups/${groupId}`, { name: body.group.name }],
      ['PATCH', `/webhook-endpoints/${id}`, { url: HOOK, in_order: false }],
      ['POST', `/webhook-endpoints/${id}/enable`, {}],
      ['POST', `/webhook-endpoints/${id}/recover`, {}],
      ['POST', '/jobs', { ...invite(), validate_only: true }],
      ['PATCH', `/groups/${groupId}`, { name: 'X', add_website_ids: [newId()] }],
      ['POST', '/jobs', { ...invite(), website_ids: [] }],
      ['POST', '/invitations/accept', { token: 'x' }],
    ] as const) {
      await ask(method, path, { json });
    }
  });
  expect(entries).toEqual([]);
});

test('no key, secret, token or name of a person is anywhere in the log', async () => {
  const made = await endpoint(`${HOOK}?token=s3cret`);
  const rotated = await ask<{ secret: string }>('POST', `/webhook-endpoints/${made.id}/rotate`);
  const json = { ...invite(), callback_url: `${HOOK}?token=s3cret` };
  const submitted = await ask<{ callback_secret: string }>('POST', '/jobs', { json });
  const { token } = await invited();
  await ask('POST', '/invitations/accept', { json: { token } });
  const { rows } = await sql<{ text: string }>`
    select audit_log::text as text from audit_log`.execute(api.db);
  const log = rows.map(({ text }) => text).join('\n');
  expect(log).toContain(made.id);
  for (const secret of [
    made.secret,
    rotated.body.secret,
    submitted.body.callback_secret,
    token,
    's3cret',
    api.partner.key,
    api.partner.scopedKey,
    readingKey,
    'Ann',
  ]) {
    expect(secret).toBeTruthy();
    expect(log).not.toContain(secret);
  }
});

test('pages and lines say the same, newest first, and filters leave what they name', async () => {
  await ask('POST', '/websites', { json: { url: 'filter.example' } });
  const everything = await lines();
  const ids = everything.map(({ id }) => id);
  expect(ids).toEqual(ids.toSorted().toReversed());
  const seen: Entry[] = [];
  let cursor = '';
  do {
    const { body } = await ask<{ entries: Entry[]; next_cursor: string }>(
      'GET',
      `/audit-log?limit=7&cursor=${cursor}`,
    );
    seen.push(...body.entries);
    cursor = body.next_cursor;
  } while (cursor !== '');
  expect(seen).toEqual(everything);

  const entry = everything.find(({ action }) => action === 'website.create')!;
  for (const [query, matches] of [
    ['action=website.create', (each: Entry) => each.action === 'website.create'],
    ['resource_type=website', (each: Entry) => each.resource.type === 'website'],
    [`resource_id=${entry.resource.id}`, (each: Entry) => each.resource.id === entry.resource.id],
    [`api_key_id=${keyId}`, (each: Entry) => each.api_key_id === keyId],
    [`from=${entry.at}`, (each: Entry) => each.at >= entry.at],
    [`to=${entry.at}`, (each: Entry) => each.at < entry.at],
  ] as const) {
    const expected = everything.filter(matches);
    expect([query, expected.length > 0]).toEqual([query, true]);
    const { body } = await ask<{ entries: Entry[] }>('GET', `/audit-log?limit=200&${query}`);
    expect([query, body.entries]).toEqual([query, expected.slice(0, 200)]);
    expect([query, await lines(api.partner.key, query)]).toEqual([query, expected]);
  }
});

test('HEAD reads nothing of the log for lines that nobody takes', async () => {
  const trx = await api.db.startTransaction().execute();
  await sql`lock table audit_log in access exclusive mode`.execute(trx);
  const headers = { accept: 'application/x-ndjson' };
  const { status, headers: answered } = await ask('HEAD', '/audit-log', { headers });
  expect([status, answered.get('content-type')]).toEqual([
    200,
    'application/x-ndjson; charset=utf-8',
  ]);
  // Whatever it had begun would be waiting by the end of another request.
  await ask('GET', '/websites');
  const { rows } = await sql`select from pg_locks
    where relation = 'audit_log'::regclass and not granted`.execute(trx);
  await trx.rollback().execute();
  expect(rows).toEqual([]);
});

test('lines go on after a cursor or after an entry, as many as are asked for', async () => {
  const everything = await lines();
  const { body } = await ask<{ next_cursor: string }>('GET', '/audit-log?limit=3');
  const rest = everything.slice(3);
  expect(rest.length).toBeGreaterThan(3);
  expect(await lines(api.partner.key, `cursor=${body.next_cursor}`)).toEqual(rest);
  const after = `cursor=${everything[2]!.id}`;
  expect(await lines(api.partner.key, after)).toEqual(rest);
  expect(await lines(api.partner.key, `${after}&limit=2`)).toEqual(rest.slice(0, 2));
  expect(await lines(api.partner.key, 'limit=100000')).toEqual(everything);
});

test.each([
  ['action=group.paint', '#/action'],
  ['resource_type=planet', '#/resource_type'],
  ['resource_id=1', '#/resource_id'],
  ['api_key_id=1', '#/api_key_id'],
  ['from=yesterday', '#/from'],
  ['cursor=x', '#/cursor'],
])('%s is a problem that names the place, in lines too', async (query, pointer) => {
  for (const accept of ['application/json', 'application/x-ndjson']) {
    const { status, body } = await ask<object>('GET', `/audit-log?${query}`, {
      headers: { accept },
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
  }
});

test('an organization reads its own log alone, with a global key', async () => {
  const mine = await ask<{ id: string }>('POST', '/websites', {
    key: api.organization.key,
    json: { url: 'mine.example' },
  });
  expect(mine.status).toBe(201);
  const theirs = new Set((await lines()).map(({ id }) => id));
  const ours = await lines(api.organization.key);
  expect(ours.map(({ action }) => action)).toContain('website.create');
  expect(ours.filter(({ id }) => theirs.has(id))).toEqual([]);
  const statuses = [];
  for (const key of [api.partner.key, readingKey, api.partner.scopedKey]) {
    statuses.push((await ask('GET', '/audit-log', { key })).status);
  }
  statuses.push((await call(api, 'GET', '/api/v1/audit-log')).status);
  expect(statuses).toEqual([200, 200, 403, 401]);
  expect((await ask('DELETE', '/audit-log')).status).toBe(404);
});

test('the database refuses to change or remove what was written', async () => {
  const before = await lines();
  for (const attempt of [
    sql`update audit_log set api_key_id = null`,
    sql`delete from audit_log`,
    sql`truncate audit_log`,
  ]) {
    await expect(attempt.execute(api.db)).rejects.toThrow('insert-only');
  }
  expect(await lines()).toEqual(before);
});
