import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { migrate } from '@usher/db';
import { startPostgres, type Postgres } from '@usher/infra';
import { migrateQueue } from '@usher/queue';
import pg from 'pg';
import { installWitness } from '../checker/install-witness.ts';

const TEMPLATE = 'faults_template';

/** A durable Postgres that trials may crash; each trial has a database of its own in it. */
export interface TrialPostgres {
  port: number;
  /** Of the superuser: a secret that must not show anywhere. */
  password: string;
  /** The address of a new, migrated database with the checker's witness in it. */
  createDatabase(name: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** Immediate shutdown: as a crash, without a checkpoint. Back after that time, on the same port. */
  crash(downMs: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startTrialPostgres(): Promise<TrialPostgres> {
  const dataDir = join(tmpdir(), `usher-faults-${randomBytes(6).toString('hex')}`);
  // When a commit happened, not only when its transaction began, tells what came first.
  const settings = { track_commit_timestamp: 'on' };
  let postgres: Postgres = await startPostgres({ dataDir, settings });
  const { port } = postgres;
  const admin = postgres.url();
  try {
    await run(admin, `create database ${TEMPLATE}`);
    await migrate(postgres.url(TEMPLATE));
    await migrateQueue(postgres.url(TEMPLATE));
    await installWitness(postgres.url(TEMPLATE));
  } catch (error) {
    await postgres.stop({ removeData: true });
    throw error;
  }
  return {
    port,
    password: new URL(admin).password,
    async createDatabase(name) {
      await run(admin, `create database ${name} template ${TEMPLATE}`);
      return postgres.url(name);
    },
    dropDatabase: (name) => run(admin, `drop database if exists ${name} with (force)`),
    async crash(downMs) {
      process.kill(postgres.pid, 'SIGQUIT');
      await postgres.exited;
      await postgres.stop();
      await delay(downMs);
      postgres = await startPostgres({ dataDir, port, settings });
    },
    stop: () => postgres.stop({ removeData: true }),
  };
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
