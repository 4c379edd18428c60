import { newId } from '@usher/db';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';

let api: TestApi;
let targets: string;
const website_ids = Array.from({ length: 1_200 }, () => newId());
beforeAll(async () => {
  api = await startTestApi();
  const json = { kind: 'bulk-invite', invite_method: 'direct', email: 'a@b.example', website_ids };
  const { body } = await call<{ job: { links: { targets: string } } }>(
    api,
    'POST',
    '/api/v1/jobs',
    {
      key: api.organization.key,
      json,
    },
  );
  targets = body.job.links.targets;
});
afterAll(() => api.close());

const ask = <Body>(query: string, accept: string) =>
  call<Body>(api, 'GET', `${targets}?${query}`, {
    key: api.organization.key,
    headers: { accept },
  });
async function positions(query: string): Promise<number[]> {
  const { body } = await ask<string>(query, 'application/x-ndjson');
  const lines = body.split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as { position: number }).position);
}

test('lines go on after a cursor or after a position, as many as are asked for', async () => {
  const all = [...website_ids.keys()];
  expect(await positions('')).toEqual(all);
  const page = await ask<{ next_cursor: string }>('limit=10', 'application/json');
  expect(await positions(`cursor=${page.body.next_cursor}`)).toEqual(all.slice(10));
  expect(await positions('cursor=9')).toEqual(all.slice(10));
  expect(await positions('cursor=9&limit=1100')).toEqual(all.slice(10, 1_110));
  expect(await positions('cursor=1199')).toEqual([]);
  expect(await positions('status=failed')).toEqual([]);
});

test.each(['cursor=x', 'cursor=-1', 'limit=0', 'limit=x'])(
  'lines with %s are a 400',
  async (query) => {
    const { status, body } = await ask<object>(query, 'application/x-ndjson');
    expect([status, body]).toMatchObject([400, { code: 'invalid_request' }]);
  },
);
