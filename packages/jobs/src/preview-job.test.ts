import { setImmediate as turn } from 'node:timers/promises';
import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { previewJob } from './preview-job.ts';
import { createPreviewTurns } from './preview-turns.ts';
import { createTestKind } from './testing/test-kind.ts';
import { anOrganization, useBench } from './testing/use-bench.ts';

const bench = useBench();

const wanted = (count: number, kind = createTestKind(), orgId = bench.orgId) => ({
  orgId,
  apiKeyId: null,
  kind,
  input: {},
  targetIds: Array.from({ length: count }, () => newId()),
});
const preview = (
  of: ReturnType<typeof wanted>,
  previews = createPreviewTurns(),
  signal?: AbortSignal,
) => previewJob({ db: bench.db, previews }, of, signal);

async function counts(): Promise<unknown> {
  const { rows } = await sql`
    select (select count(*) from jobs) as jobs, (select count(*) from tasks) as tasks,
      (select count(*) from audit_log) as entries, (select count(*) from effects) as effects`.execute(
    bench.db,
  );
  return rows;
}

/** A row that exists, to be locked. */
async function aRow(): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into effects (job_id, target_id) values (${newId()}, ${newId()})
    returning target_id as id`.execute(bench.db);
  return rows[0]!.id;
}
const lockRow = (id: string) => sql`select from effects where target_id = ${id} for update`;

test('a preview of many targets goes in pieces of a task’s size, is answered in order, and leaves nothing', async () => {
  const before = await counts();
  const of = wanted(401);
  const { job, results } = await preview(of);
  expect(of.kind.runs.map((run) => [run[0], run.length])).toEqual([
    [0, 200],
    [200, 200],
    [400, 1],
  ]);
  expect(results.map(({ position, targetId }) => [position, targetId])).toEqual(
    of.targetIds.map((targetId, position) => [position, targetId]),
  );
  expect(job).toMatchObject({ kind: 'test', total: 401, remaining: 401 });
  expect(await counts()).toEqual(before);
});

test('what one piece has locked is free before the next begins', async () => {
  const row = await aRow();
  const of = wanted(201);
  of.kind.behaviours.set(0, async (trx) => {
    await lockRow(row).execute(trx);
  });
  let free = false;
  of.kind.behaviours.set(200, async () => {
    await sql`${lockRow(row)} nowait`.execute(bench.db);
    free = true;
  });
  await preview(of);
  expect(free).toBe(true);
});

test('a preview gives way to whoever holds what it needs, long before others would give up', async () => {
  const row = await aRow();
  const of = wanted(1);
  let timeout: unknown;
  of.kind.behaviours.set(0, async (trx) => {
    ({ rows: timeout } = await sql`show lock_timeout`.execute(trx));
    await lockRow(row).execute(trx);
  });
  await bench.db.transaction().execute(async (trx) => {
    await lockRow(row).execute(trx);
    await expect(preview(of)).rejects.toMatchObject({ code: '55P03' });
  });
  expect(timeout).toEqual([{ lock_timeout: '500ms' }]);
});

test('an organization has one preview at a time, and another organization its own', async () => {
  const turns = createPreviewTurns();
  const inside = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const slow = wanted(1);
  slow.kind.behaviours.set(0, () => {
    inside.resolve();
    return release.promise;
  });
  const first = preview(slow, turns);
  await inside.promise;
  await expect(preview(wanted(1), turns)).rejects.toMatchObject({
    code: 'unavailable',
    retryAfterSeconds: expect.any(Number),
  });
  const orgId = await anOrganization(bench.db);
  expect((await preview(wanted(1, createTestKind(), orgId), turns)).results).toHaveLength(1);
  release.resolve();
  await first;
  expect((await preview(wanted(1), turns)).results).toHaveLength(1);
});

test('two pieces run at once, whoever’s they are, and the others in the order of their asking', async () => {
  const { take } = createPreviewTurns();
  const begun: number[] = [];
  const releases = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const pieces = releases.map(({ promise }, piece) =>
    take(() => {
      begun.push(piece);
      return promise;
    }),
  );
  await turn();
  expect(begun).toEqual([0, 1]);
  releases[1]!.resolve();
  await turn();
  expect(begun).toEqual([0, 1, 2]);
  for (const { resolve } of releases) resolve();
  await Promise.all(pieces);
  expect(begun).toEqual([0, 1, 2, 3]);
});

test('a small preview waits for no large one’s end', async () => {
  const turns = createPreviewTurns();
  const ended: string[] = [];
  const run = async (name: string, count: number) => {
    await preview(wanted(count, createTestKind(), await anOrganization(bench.db)), turns);
    ended.push(name);
  };
  await Promise.all([run('large', 2_000), run('large', 2_000), run('small', 1)]);
  expect(ended).toEqual(['small', 'large', 'large']);
});

test('a preview that nobody waits for any more ends with its present piece, and makes room', async () => {
  const turns = createPreviewTurns();
  const gone = new AbortController();
  const of = wanted(1_000);
  of.kind.behaviours.set(0, () => gone.abort());
  await expect(preview(of, turns, gone.signal)).rejects.toMatchObject({ code: 'unavailable' });
  expect(of.kind.runs).toHaveLength(1);
  expect((await preview(wanted(1), turns)).results).toHaveLength(1);
});
