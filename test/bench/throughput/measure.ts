import { Client } from 'pg';
import { cpuSecondsOf } from '../support/processes.ts';
import type { Contestant, Running } from './contestant.ts';
import { verifyRows } from './verify-rows.ts';
import { waitFinished } from './wait-finished.ts';
import { createWorkload, type Size } from './workload.ts';

export interface Venue {
  databaseUrl: string;
  redis: { url: string; pid(): number; command(...words: [string]): Promise<unknown> };
  /** Undefined where its CPU time is not asked for. */
  postgresPid: number | undefined;
  onLine?: (line: string) => void;
}

export interface Measurement {
  targets: number;
  submissions: number;
  seconds: number;
  targetsPerSecond: number;
  /** Seconds of CPU by kind of process, `client` being whoever hands the work over. */
  cpuSeconds: Record<string, number>;
}

/**
 * One contestant once, on an empty database: start, warm up, make quiet, run against the clock, and
 * look whether everything was really written.
 * @param warmUp done first by the same processes, in an organization of its own.
 * @throws when rows are missing, when a process ends, or when nothing goes on.
 */
export async function measure(
  contestant: Contestant,
  venue: Venue,
  size: Size,
  warmUp: Size,
): Promise<Measurement> {
  await venue.redis.command('FLUSHALL');
  const observer = new Client({ connectionString: venue.databaseUrl });
  await observer.connect();
  let running: Running | undefined;
  try {
    running = await contestant.start({
      databaseUrl: venue.databaseUrl,
      redisUrl: venue.redis.url,
      ...(venue.onLine && { onLine: venue.onLine }),
    });
    await run(running, observer, venue, warmUp);
    await observer.query('vacuum (analyze)');
    await observer.query('checkpoint');
    return await run(running, observer, venue, size);
  } finally {
    await running?.stop();
    await observer.end();
  }
}

async function run(
  running: Running,
  observer: Client,
  venue: Venue,
  size: Size,
): Promise<Measurement> {
  const workload = await createWorkload(venue.databaseUrl, size);
  await running.prepare(workload);
  const pids = { ...running.processes, postgres: venue.postgresPid, redis: venue.redis.pid() };
  const before = cpuSeconds(pids);
  const began = performance.now();
  const finish = async () => waitFinished(observer, await running.submit(workload));
  await Promise.race([finish(), running.broken]);
  const seconds = (performance.now() - began) / 1_000;
  const after = cpuSeconds(pids);
  await verifyRows(observer, workload);
  const targets = size.submissions * size.websites;
  return {
    targets,
    submissions: size.submissions,
    seconds,
    targetsPerSecond: targets / seconds,
    cpuSeconds: Object.fromEntries(
      Object.entries(after).map(([kind, used]) => [kind, used - (before[kind] ?? 0)]),
    ),
  };
}

function cpuSeconds(pids: Record<string, number | undefined>): Record<string, number> {
  const ours = process.cpuUsage();
  const used: Record<string, number> = { client: (ours.user + ours.system) / 1e6 };
  for (const [kind, pid] of Object.entries(pids)) {
    const seconds = pid === undefined ? undefined : cpuSecondsOf(pid);
    if (seconds !== undefined) used[kind] = seconds;
  }
  return used;
}
