import { Client } from 'pg';
import type { TestDatabase } from '../../support/database.ts';
import { startRedis } from '../../support/redis.ts';
import { startSystem } from '../../support/system.ts';
import { brokenBy } from '../throughput/broken-by.ts';
import { createBacklog, JOB_TARGETS } from './backlog.ts';
import { drain } from './drain.ts';
import { growthPerTarget, readSizes, type Sizes } from './read-sizes.ts';
import { verifyDone } from './verify-done.ts';
import { watchMemory, type Memory } from './watch-memory.ts';

export type Backend = 'redis' | 'postgres';

export interface Venue {
  createDatabase(): Promise<TestDatabase>;
  onLine?: (line: string) => void;
}

export interface BacklogSize {
  organizations: number;
  /** Targets that wait all the while. */
  waiting: number;
  /** Targets that each measurement does first, and then against the clock, while as many come in. */
  warmUp: number;
  measured: number;
}

export interface Accepted {
  waiting: number;
  targetsPerSecond: number;
  /** Bytes for each target that was accepted and waits. */
  perTarget: Sizes;
}

export interface MeasuredBacklog {
  /** Targets, the fewest that waited while it was measured. */
  fewestWaiting: number;
  targets: number;
  seconds: number;
  targetsPerSecond: number;
  /** Bytes for each target that was accepted and one that was done. */
  perTarget: Sizes;
  /** The most that was seen while measured. */
  memory: Memory;
}

/** An Usher in which so many targets wait. */
export interface Stage {
  accepted: Accepted;
  /**
   * Start a worker, and the API anew, keep what waits as it is while it is worked off, and stop the
   * worker. Both are as old as the measurement, so that their memory tells of nothing before it.
   */
  measure(): Promise<MeasuredBacklog>;
  close(): Promise<void>;
}

/** Fill an empty Usher with jobs, while no worker runs. */
export async function openStage(venue: Venue, backend: Backend, size: BacklogSize): Promise<Stage> {
  const redis = backend === 'redis' ? await startRedis() : undefined;
  const system = await startSystem({
    database: await venue.createDatabase(),
    workers: 0,
    websites: 1,
    environment: { LOG_LEVEL: 'warn' },
    ...(redis && { queueUrl: redis.url }),
    ...(venue.onLine && { onLine: venue.onLine }),
  });
  const backlog = await createBacklog(system, size.organizations);
  const close = async () => {
    await backlog.close();
    await system.close();
    await redis?.stop();
  };
  const sizes = () => readSizes(system.databaseUrl);
  try {
    const empty = await sizes();
    const began = performance.now();
    await backlog.add(jobsOf(size.waiting));
    const seconds = (performance.now() - began) / 1_000;
    const accepted = {
      waiting: size.waiting,
      targetsPerSecond: size.waiting / seconds,
      perTarget: growthPerTarget(empty, await sizes(), size.waiting),
    };
    await makeQuiet(system.databaseUrl);
    return { accepted, measure, close };
  } catch (error) {
    await close();
    throw error;
  }

  async function measure(): Promise<MeasuredBacklog> {
    const earlier = system.apis.at(-1);
    await earlier?.stop();
    const api = await system.startApi(Number(new URL(earlier?.url ?? '').port));
    const worker = await system.startWorker();
    const pids = { api: api.pid, worker: worker.pid, ...(redis && { redis: redis.pid() }) };
    const broken = brokenBy([api, worker]);
    await Promise.race([drain(backlog, jobsOf(size.warmUp)), broken]);
    const before = await sizes();
    const work = () => Promise.race([drain(backlog, jobsOf(size.measured)), broken]);
    const { result, memory } = await watchMemory(pids, redis, work);
    const targets = result.jobs * JOB_TARGETS;
    const perTarget = growthPerTarget(before, await sizes(), targets);
    await worker.stop();
    await verifyDone(system.databaseUrl, targets);
    // What it did while it stopped waits no more.
    await backlog.add(await backlog.countFinished());
    return {
      fewestWaiting: size.waiting - result.mostMissing * JOB_TARGETS,
      targets,
      seconds: result.seconds,
      targetsPerSecond: targets / result.seconds,
      perTarget,
      memory,
    };
  }
}

const jobsOf = (targets: number): number => Math.ceil(targets / JOB_TARGETS);

/** What autovacuum and the checkpointer would have come to while so much was accepted over time. */
async function makeQuiet(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('vacuum (analyze)');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}
