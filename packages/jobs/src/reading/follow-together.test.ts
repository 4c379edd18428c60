import { createDatabase } from '@usher/db';
import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { aJob, useBench } from '../testing/use-bench.ts';
import { linesOf, useStreams } from '../testing/use-streams.ts';
import { followJob, type News } from './follow-job.ts';
import type { JobWatch } from './job-watchers.ts';

const bench = useBench();
const { open, errors, watch, follower, finish } = useStreams(bench);

test('however many jobs end at once, a few pages are read at a time, and none for who has left', async () => {
  const engine = bench.engine();
  const jobs = await Promise.all(Array.from({ length: 60 }, () => aJob(bench, engine, 1)));
  let reading = 0;
  let most = 0;
  let pages = 0;
  const db = bench.db.withPlugin({
    transformQuery({ node, queryId }) {
      if (/from outcomes/.test(textOf(node))) {
        pagesUnderWay.add(queryId);
        pages += 1;
        reading += 1;
        most = Math.max(most, reading);
      }
      return node;
    },
    async transformResult({ result, queryId }) {
      if (!pagesUnderWay.has(queryId)) return result;
      reading -= 1;
      // By now the others have asked for theirs.
      for (const watch of leaving) watch.stop();
      return result;
    },
  });
  const pagesUnderWay = new WeakSet<object>();
  const leaving: JobWatch[] = [];
  const hub = open(db);
  onTestFinished(() => hub.close());
  const told: News[][] = jobs.map(() => []);
  const watches = jobs.map(({ jobId }) => hub.watch(jobId));
  const all = watches.map(async (watch, n) => {
    for await (const news of followJob(watch, null)) told[n]?.push(news);
  });
  await waitFor('all have begun', () => told.every((each) => each.length > 0));
  pages = 0;
  leaving.push(...watches.slice(0, 30));
  const staying = told.slice(30);
  await Promise.all(jobs.map(({ jobId }) => finish(jobId, [0])));
  await Promise.all(all);
  expect(staying.every((each) => linesOf(each).at(-1) === 'finished succeeded 1')).toBe(true);
  expect(most).toBeLessThanOrEqual(4);
  expect(pages).toBeLessThanOrEqual(34);
});

/** The statement of a raw query. */
const textOf = (node: object) =>
  'sqlFragments' in node ? (node.sqlFragments as string[]).join('?') : '';

test('who is stopped in the middle of a batch is told no more of it', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 500);
  await finish(
    jobId,
    Array.from({ length: 500 }, (_, n) => n),
  );
  const broken = errors.length;
  // So that the job goes on being watched.
  follower(jobId);
  const own = watch(jobId);
  const told: News[] = [];
  for await (const news of followJob(own, null)) {
    told.push(news);
    own.stop();
  }
  expect(linesOf(told)).toHaveLength(200);
  expect(errors).toHaveLength(broken);
});

test('a thousand who follow one job share what is read', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 1);
  const statements: string[] = [];
  const db = createDatabase({ url: bench.url, application: 'counted', poolSize: 2 });
  const counted = db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      statements.push('');
      return result;
    },
  });
  const hub = open(counted);
  onTestFinished(async () => {
    await hub.close();
    await db.destroy();
  });
  const told: News[][] = [];
  const all = Array.from({ length: 1_000 }, async (_, n) => {
    told[n] = [];
    for await (const news of followJob(hub.watch(jobId), null)) told[n].push(news);
  });
  await waitFor('everyone has begun', () => told.every((each) => each.length > 0));
  await finish(jobId, [0]);
  await Promise.all(all);
  expect(told.every((each) => linesOf(each).join() === linesOf(told[0] ?? []).join())).toBe(true);
  // Looks, polls, and each batch once.
  expect(statements.length).toBeLessThan(30);
});

test('an error while reading is survived: nothing is told twice, nothing is lost', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 300);
  await finish(
    jobId,
    Array.from({ length: 300 }, (_, n) => n),
  );
  const broken = errors.length;
  let fails = 0;
  const hub = open(
    bench.db.withPlugin({
      transformQuery: ({ node }) => node,
      // The second page is the first that fails.
      transformResult: async ({ result }) => {
        if (fails++ % 3 === 2) throw new Error('the connection is lost');
        return result;
      },
    }),
  );
  onTestFinished(() => hub.close());
  const told: News[] = [];
  for await (const news of followJob(hub.watch(jobId), null)) told.push(news);
  expect(errors.length).toBeGreaterThan(broken);
  const targets = Array.from({ length: 300 }, (_, n) => `1:${n}`);
  expect(linesOf(told)).toEqual([...targets, 'finished succeeded 300']);
}, 30_000);

test('closing ends every stream, and takes no new one', async () => {
  const { jobId } = await aJob(bench, bench.engine(), 1);
  const hub = open();
  const ended = [1, 2, 3].map(async () => {
    for await (const news of followJob(hub.watch(jobId), null)) linesOf([news]);
  });
  await hub.close();
  await Promise.all(ended);
  expect(await hub.watch(jobId).next()).toBe(null);
});
