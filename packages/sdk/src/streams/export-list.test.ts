import { beforeEach, expect, test, vi } from 'vitest';
import type { AuditEntry } from '../index.ts';
import { answer, cut, startFakeServer, stream, type Turn } from '../testing/fake-server.ts';

const line = (id: string) => `{"id":"${id}","action":"job.submit"}\n`;
const lines = (chunks: string[], then?: 'end' | 'break' | 'stay'): Turn =>
  stream('application/x-ndjson', chunks, then);
const nothing = lines([]);

async function idsOf(entries: AsyncIterable<AuditEntry>): Promise<string[]> {
  const ids = [];
  for await (const { id } of entries) ids.push(id);
  return ids;
}

beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));

test('an export is read line by line, under its filter', async () => {
  const server = await startFakeServer(lines([line('c') + line('b'), line('a')]), nothing);
  const log = server.client().auditLog.export({ action: 'job.submit' });
  expect(await idsOf(log)).toEqual(['c', 'b', 'a']);
  expect(server.requests[0]).toMatchObject({
    url: '/api/v1/audit-log?action=job.submit',
    headers: { accept: 'application/x-ndjson' },
  });
});

test('an export that breaks in the middle of a line goes on after the last whole one', async () => {
  const server = await startFakeServer(
    lines([line('d'), line('c'), line('b').slice(0, 8)], 'break'),
    cut,
    lines([line('b'), line('a')]),
    nothing,
  );
  expect(await idsOf(server.client().auditLog.export())).toEqual(['d', 'c', 'b', 'a']);
  expect(server.requests.map(({ url }) => url.split('?')[1])).toEqual([
    undefined,
    'cursor=c',
    'cursor=c',
    'cursor=a',
  ]);
});

test('an export that is cut short, but passed off as whole, is found out', async () => {
  const server = await startFakeServer(lines([line('b')], 'end'), lines([line('a')]), nothing);
  expect(await idsOf(server.client().auditLog.export())).toEqual(['b', 'a']);
});

test('an export that falls silent goes on elsewhere', async () => {
  const server = await startFakeServer(lines([line('b')], 'stay'), lines([line('a')]), nothing);
  const log = server.client().auditLog.export({}, { silenceMs: 200 });
  expect(await idsOf(log)).toEqual(['b', 'a']);
});

test('a refusal is an error', async () => {
  const server = await startFakeServer(answer(403, { detail: 'No', code: 'forbidden' }));
  await expect(idsOf(server.client().auditLog.export())).rejects.toMatchObject({
    code: 'forbidden',
  });
});

test('leaving an export hangs up', async () => {
  const server = await startFakeServer(lines([line('b'), line('a')], 'stay'));
  for await (const { id } of server.client().auditLog.export()) if (id === 'b') break;
  await vi.waitFor(() => expect(server.open()).toBe(0));
});

test('an answer that is no list of lines is an error', async () => {
  const server = await startFakeServer((response) => response.end('<p>Welcome</p>\n'));
  await expect(idsOf(server.client().auditLog.export())).rejects.toMatchObject({
    code: 'unexpected_answer',
  });
});
