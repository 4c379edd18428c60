import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { createBacklog } from './scale/backlog.ts';
import { drain } from './scale/drain.ts';
import { openStage } from './scale/open-stage.ts';
import { growthPerTarget } from './scale/read-sizes.ts';
import { reportScale } from './scale/report-scale.ts';
import { startSystem } from '../support/system.ts';

const SIZE = { organizations: 3, waiting: 1_000, warmUp: 100, measured: 500 };

test.each(['redis', 'postgres'] as const)(
  'on %s, a small backlog is worked off while it is kept, and every target is found done',
  async (backend) => {
    const stage = await openStage({ createDatabase: createTestDatabase }, backend, SIZE);
    try {
      const { accepted } = stage;
      const [few, many] = [await stage.measure(), await stage.measure()];
      expect(few.targets).toBeGreaterThanOrEqual(500);
      expect(few.targetsPerSecond).toBeCloseTo(few.targets / few.seconds);
      expect(few.fewestWaiting).toBeLessThanOrEqual(1_000);
      expect(accepted.perTarget.tables.jobs?.table).toBeGreaterThan(0);
      expect(accepted.perTarget.tables.outcomes).toBeUndefined();
      expect(few.perTarget.tables.outcomes?.table).toBeGreaterThan(0);
      expect(few.perTarget.wal).toBeGreaterThan(0);
      const rounds = [{ few, many }];
      const both = { few: accepted, many: accepted };
      const { text } = reportScale([{ backend, accepted: both, rounds }], { version: '0' });
      expect(text).toContain(`${backend}: worker`);
    } finally {
      await stage.close();
    }
  },
);

test('a job is submitted for each that was finished', async () => {
  const system = await startSystem({ websites: 1 });
  const backlog = await createBacklog(system, 2);
  try {
    await backlog.add(10);
    const { jobs } = await drain(backlog, 15);
    const { total } = await system.db
      .selectFrom('jobs')
      .select((count) => count.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    expect(Number(total)).toBe(10 + jobs);
  } finally {
    await backlog.close();
    await system.close();
  }
});

test('growth is told for each target, of tables that grew', () => {
  const before = { tables: { jobs: { table: 100, indexes: 50 } }, wal: 1_000 };
  const after = {
    tables: { jobs: { table: 300, indexes: 60 }, gates: { table: 1, indexes: 0 } },
    wal: 2_000,
  };
  expect(growthPerTarget(before, after, 10)).toEqual({
    tables: { jobs: { table: 20, indexes: 1 } },
    wal: 100,
  });
});
