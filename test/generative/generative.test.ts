import { SURFACES } from '@usher/contracts/operations';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runGenerated, summaryOf, type Report } from './run-generated.ts';
import { startJudge } from './judge.ts';
import { runSpecmatic } from './specmatic.ts';
import { startStage, type Stage } from './stage.ts';

const SEED = Number(process.env.USHER_SEED ?? 1);
/** Of each operation; `npm run test:generative` makes more. */
const REQUESTS = Number(process.env.USHER_GENERATED ?? 4);

/** However many were asked for. */
const LONG_MS = 3_600_000;

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.close());

const successful = (report: Report) =>
  [...report.statuses.values()].filter((counts) =>
    [...counts.keys()].some((status) => status < 400),
  );

test(
  `${REQUESTS} generated requests of each operation find no answer outside its document, and no 5xx`,
  async () => {
    const { db } = stage.system;
    const afterRound = async () => {
      const users = await db.selectFrom('users').select('number').limit(50).execute();
      stage.target.pools.add('konstantly:user', ...users.map(({ number }) => Number(number)));
    };
    const report = await runGenerated(stage.target, { seed: SEED, requests: REQUESTS, afterRound });
    console.log(`USHER_SEED=${SEED}\n${summaryOf(report)}`);
    expect(report.findings).toEqual([]);
    expect(report.requests).toBe(report.operations * REQUESTS);
    // Refusals alone would prove little.
    expect(successful(report).length).toBeGreaterThan(report.operations / 2);
  },
  LONG_MS,
);

// On demand: it needs Java, and fetches Specmatic where it is not yet.
if (process.env.USHER_SPECMATIC) {
  test.each(SURFACES)(
    'Specmatic finds no answer outside the document of %s, and no 5xx',
    async (surface) => {
      const { url, keys, pools } = stage.target;
      const judge = await startJudge(url);
      const said = await runSpecmatic(surface, { url: judge.url, key: keys.global ?? '', pools });
      await judge.close();
      const statuses = [...judge.statuses].toSorted(([one], [other]) => one - other);
      const list = statuses.map(([status, count]) => `${status} × ${count}`).join(', ');
      console.log(`specmatic, ${surface}: ${judge.requests()} requests: ${list} (${said})`);
      expect(judge.findings).toEqual([]);
      expect(judge.requests()).toBeGreaterThan(50);
    },
    LONG_MS,
  );
}
