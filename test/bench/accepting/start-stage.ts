import { fileURLToPath } from 'node:url';
import { startProcess } from '@usher/infra';
import { Client } from 'pg';
import type { TestDatabase } from '../../support/database.ts';
import { startSystem, type Tenant } from '../../support/system.ts';
import { waitFor } from '../../support/wait-for.ts';
import { MOST_TARGETS } from './settings.ts';

export interface Venue {
  database: TestDatabase;
  /** Undefined where its CPU time is not asked for. */
  postgresPid?: number | undefined;
  /** Where messages travel; undefined: the database. */
  redisUrl?: string | undefined;
  onLine?: (line: string) => void;
}

/** What a contender is asked at, and whose CPU time it costs. */
export interface Contender {
  url: string;
  pids: Record<string, number>;
}

/** The product and the bare route beside each other, over one database. */
export interface Stage {
  bare: Contender;
  usher: Contender;
  tenant: Tenant;
  /** Jobs, finished ones among them, and rows of the bare route. */
  count(): Promise<{ jobs: number; finished: number; rows: number }>;
  /** Resolve once every job is finished, and the tables and their statistics are in order. */
  makeQuiet(): Promise<void>;
  stopWorker(): Promise<void>;
  close(): Promise<void>;
}

export async function startStage(venue: Venue): Promise<Stage> {
  const onLine = venue.onLine && { onLine: venue.onLine };
  const system = await startSystem({
    database: venue.database,
    websites: MOST_TARGETS,
    environment: { LOG_LEVEL: 'warn' },
    ...(venue.redisUrl && { queueUrl: venue.redisUrl }),
    ...onLine,
  });
  let bareUrl = '';
  const bare = await startProcess({
    name: 'the bare route',
    file: fileURLToPath(import.meta.resolve('./bare-main.ts')),
    env: { PATH: process.env.PATH, NODE_ENV: 'production', DATABASE_URL: venue.database.url },
    readyLine: (line) => (bareUrl = line) !== '',
    ...onLine,
  });
  const observer = new Client({ connectionString: venue.database.url });
  await observer.connect();
  const [api, worker] = [system.apis[0], system.workers[0]];
  if (!api || !worker) throw new Error('the system started without an API or a worker');
  const postgres: Record<string, number> =
    venue.postgresPid === undefined ? {} : { postgres: venue.postgresPid };
  const usherPids: Record<string, number> = { api: api.pid, worker: worker.pid, ...postgres };

  const count = async () => {
    const { rows } = await observer.query<{ jobs: number; finished: number; rows: number }>(
      `select count(*)::int as jobs, count(finished_at)::int as finished,
        (select count(*)::int from bare_requests) as rows from jobs`,
    );
    return rows[0] as { jobs: number; finished: number; rows: number };
  };
  return {
    bare: { url: bareUrl, pids: { bare: bare.pid, ...postgres } },
    usher: { url: api.url, pids: usherPids },
    tenant: system.tenant,
    count,
    async makeQuiet() {
      if (usherPids.worker !== undefined) {
        const isDone = async () => {
          const { jobs, finished } = await count();
          return jobs === finished;
        };
        await waitFor('every job is finished', isDone, 180_000);
      }
      await observer.query('vacuum (analyze)');
      await observer.query('checkpoint');
    },
    async stopWorker() {
      delete usherPids.worker;
      await worker.stop(30_000);
    },
    async close() {
      await observer.end();
      await bare.stop();
      await system.close();
    },
  };
}
