import { sql } from 'kysely';
import { waitFor } from '../../support/wait-for.ts';
import type { System } from '../../support/system.ts';
import { wakeDispatcher } from './flood.ts';
import { createFlooder } from './setting.ts';

export interface Shares {
  /** Targets of the heavier finished for each of the lighter's, while both waited. */
  ratio: number;
  weights: [number, number];
  /** Of both, in the time that was looked at. */
  targets: number;
}

/** Two organizations flood at once, one with three times the other's weight. */
export async function measureShares(
  system: System,
  size: { jobTargets: number; backlog: number },
): Promise<Shares> {
  const weights: [number, number] = [1, 3];
  const [light, heavy] = await Promise.all(
    weights.map(async (weight) => {
      const { flood } = await createFlooder(system, size.jobTargets, weight);
      await flood.reserve(size.backlog);
      return flood;
    }),
  );
  if (!light || !heavy) throw new Error('two floods were asked for');
  const done = async () => [await light.done(), await heavy.done()] as const;
  await Promise.all([light.release(size.backlog), heavy.release(size.backlog)]);
  const before = await waitFor('both are served', async () => {
    const now = await done();
    return now.every((targets) => targets > 0) && now;
  });
  // Ends well before the heavier has nothing left: then the lighter would have all.
  const after = await waitFor(
    'most of the heavier is done',
    async () => {
      const now = await done();
      return now[1] > size.backlog * 0.6 && now;
    },
    120_000,
  );
  await Promise.all([light.end(), heavy.end()]);
  const [lightDone, heavyDone] = [after[0] - before[0], after[1] - before[1]];
  return { ratio: heavyDone / lightDone, weights, targets: lightDone + heavyDone };
}

export interface Starvation {
  organizations: number;
  /** Milliseconds that any of them went without a finished target while all of them waited. */
  longestGapMs: number;
  /** For how long all of them waited. */
  durationMs: number;
  /** The least served organization's targets over the most served one's. */
  leastOverMost: number;
}

/** Many organizations flood at once: how long does the unluckiest of them wait for progress? */
export async function measureStarvation(
  system: System,
  size: { organizations: number; jobTargets: number; backlog: number },
): Promise<Starvation> {
  const flooders = [];
  for (let n = 0; n < size.organizations; n += 1) {
    const { tenant, flood } = await createFlooder(system, size.jobTargets);
    await flood.reserve(size.backlog);
    flooders.push({ id: tenant.id, flood });
  }
  const ids = flooders.map(({ id }) => id);
  const seen = new Map(ids.map((id) => [id, { done: 0, at: 0 }]));
  await sql`update tasks set due_at = now() where org_id = any (${ids}::uuid[])`.execute(system.db);
  await wakeDispatcher(system.db);
  const began = performance.now();
  for (const each of seen.values()) each.at = began;
  let longestGapMs = 0;
  await waitFor(
    'one has nothing left',
    async () => {
      const { rows } = await sql<{ id: string; done: number; left: number }>`
        select org_id as id, sum(total - remaining)::int as done, sum(remaining)::int as left
        from jobs where org_id = any (${ids}::uuid[]) group by org_id`.execute(system.db);
      const now = performance.now();
      for (const { id, done } of rows) {
        const last = seen.get(id);
        if (!last) continue;
        longestGapMs = Math.max(longestGapMs, now - last.at);
        if (done > last.done) seen.set(id, { done, at: now });
      }
      return rows.some(({ left }) => left === 0);
    },
    180_000,
  );
  const durationMs = performance.now() - began;
  await Promise.all(flooders.map(({ flood }) => flood.end()));
  const served = [...seen.values()].map(({ done }) => done);
  return {
    organizations: size.organizations,
    longestGapMs,
    durationMs,
    leastOverMost: Math.min(...served) / Math.max(...served),
  };
}
