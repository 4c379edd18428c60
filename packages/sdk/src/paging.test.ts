import { expect, test } from 'vitest';
import { answer, startFakeServer, type Turn } from './testing/fake-server.ts';

const page = (ids: string[], next_cursor: string): Turn =>
  answer(200, { jobs: ids.map((id) => ({ id })), next_cursor });

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found = [];
  for await (const item of items) found.push(item);
  return found;
}

test('a list is read page after page, under one filter, until there is no next cursor', async () => {
  const server = await startFakeServer(page(['a', 'b'], 'x'), page([], 'y/+'), page(['c'], ''));
  const jobs = await all(server.client().jobs.list({ state: 'failed', pageSize: 2 }));
  expect(jobs.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(server.requests.map(({ url }) => url)).toEqual([
    '/api/v1/jobs?state=failed&limit=2',
    '/api/v1/jobs?state=failed&limit=2&cursor=x',
    '/api/v1/jobs?state=failed&limit=2&cursor=y%2F%2B',
  ]);
});

test('nothing is asked for before it is read, and nothing more than is read', async () => {
  const server = await startFakeServer(page(['a', 'b'], 'x'), page(['c'], ''));
  const jobs = server.client().jobs.list();
  expect(server.requests).toHaveLength(0);
  for await (const { id } of jobs) if (id === 'b') break;
  expect(server.requests).toHaveLength(1);
});

test('one page alone says where the next begins, and begins where it is told', async () => {
  const server = await startFakeServer(page(['b'], 'z'));
  const jobs = server.client().jobs.list({ cursor: 'y' });
  expect(await jobs.page()).toEqual({ items: [{ id: 'b' }], nextCursor: 'z' });
  expect(server.requests.map(({ url }) => url)).toEqual(['/api/v1/jobs?cursor=y']);
});

test('the targets of a job come a thousand at a time', async () => {
  const server = await startFakeServer(
    answer(200, { targets: [{ position: 0 }], next_cursor: '' }),
  );
  expect(await all(server.client().jobs.targets('j', { status: 'failed' }))).toEqual([
    { position: 0 },
  ]);
  expect(server.requests[0]?.url).toBe('/api/v1/jobs/j/targets?status=failed&limit=1000');
});

test('a page that fails in passing does not end the list', async () => {
  const server = await startFakeServer(page(['a'], 'x'), answer(503), page(['b'], ''));
  const jobs = await all(server.client().jobs.list());
  expect(jobs.map(({ id }) => id)).toEqual(['a', 'b']);
});

test.each([{}, { jobs: [] }, { next_cursor: '' }, { jobs: {}, next_cursor: 'x' }])(
  'what is no page, as %j, is an error, and not asked for over and over',
  async (body) => {
    const server = await startFakeServer(answer(200, body));
    await expect(all(server.client().jobs.list().pages())).rejects.toMatchObject({
      code: 'unexpected_answer',
    });
    expect(server.requests).toHaveLength(1);
  },
);

test('a page that leads to itself is an error, and not read for ever', async () => {
  const server = await startFakeServer(page(['a'], 'x'), page(['b'], 'x'));
  await expect(all(server.client().jobs.list())).rejects.toMatchObject({
    code: 'unexpected_answer',
  });
  expect(server.requests).toHaveLength(2);
});
