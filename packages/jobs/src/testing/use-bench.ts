import { createDatabase, createNotifier, newId, type Database, type Task } from '@usher/db';
import { createLogger } from '@usher/telemetry';
import { sql, type Kysely } from 'kysely';
import { afterAll, beforeAll } from 'vitest';
import { createTestDatabase } from '../../../../test/support/database.ts';
import { DISPATCH_CHANNEL, PROGRESS_CHANNEL, type Engine } from '../engine.ts';
import type { Kind } from '../kind.ts';
import { submitJob, type Submission } from '../submit-job.ts';
import { createCompanions } from '../companions.ts';
import { createTurnstile } from '../turnstile.ts';
import { createEffectsTable, createTestKind, type TestKind } from './test-kind.ts';

export interface Bench {
  url: string;
  db: Kysely<Database>;
  orgId: string;
  /** A process of its own: a pool, a turnstile, and one test kind. */
  engine(options?: EngineOptions): TestEngine;
}

export type TestEngine = Engine & { kind: TestKind; stop: () => void };

export interface EngineOptions extends Partial<Pick<Engine, 'failpoint' | 'retry'>> {
  /** Another way to the same Postgres. */
  url?: string;
  kinds?: Kind[];
  ownsRows?: boolean;
}

/** A database of the test file's own, and engines over it; call it at the top level. */
export function useBench(): Bench {
  const bench = {} as Bench;
  const closing: Array<() => Promise<void>> = [];
  beforeAll(async () => {
    const database = await createTestDatabase();
    const open = (url: string) => {
      const db = createDatabase({ url, application: 'jobs-test', poolSize: 8 });
      closing.push(() => db.destroy());
      return db;
    };
    const db = open(database.url);
    await createEffectsTable.execute(db);
    Object.assign(bench, {
      url: database.url,
      db,
      orgId: await anOrganization(db),
      engine: (options: EngineOptions = {}) =>
        createTestEngine(open(options.url ?? database.url), options),
    } satisfies Bench);
    closing.push(() => database.drop());
  });
  afterAll(async () => {
    const drop = closing.splice(1, 1);
    await Promise.all(closing.map((close) => close()));
    for (const close of drop) await close();
  });
  return bench;
}

function createTestEngine(db: Kysely<Database>, options: EngineOptions): TestEngine {
  const kind = createTestKind(options.ownsRows);
  const stopping = new AbortController();
  const logger = createLogger({ service: 'test', level: 'silent' });
  const unsaid = (error: Error) => logger.warn({ error });
  return {
    db,
    kind,
    kinds: Object.fromEntries([kind, ...(options.kinds ?? [])].map((each) => [each.name, each])),
    logger,
    progress: createNotifier(db, PROGRESS_CHANNEL, unsaid),
    wake: createNotifier(db, DISPATCH_CHANNEL, unsaid),
    retry: options.retry ?? { baseMs: 1_000, attempts: 6 },
    turnstile: createTurnstile(),
    companions: createCompanions(),
    stopping: stopping.signal,
    failpoint: options.failpoint ?? (() => undefined),
    stop: () => stopping.abort(),
  };
}

export async function anOrganization(db: Kysely<Database>, weight = 1): Promise<string> {
  const id = newId();
  await db.insertInto('organizations').values({ id, name: 'Acme', weight }).execute();
  return id;
}

/** A submitted job with so many targets, and its tasks. */
export async function aJob(
  bench: Bench,
  engine: TestEngine,
  count: number,
  more: Partial<Submission> = {},
): Promise<{ jobId: string; tasks: Task[]; targetIds: string[] }> {
  const targetIds = Array.from({ length: count }, () => newId());
  const { jobId } = await submitJob(engine, {
    orgId: bench.orgId,
    apiKeyId: null,
    kind: engine.kind,
    input: {},
    targetIds,
    ...more,
  });
  return { jobId, tasks: await tasksOf(bench.db, jobId), targetIds };
}

/** A task of a kind with its effect outside; nobody sent it, unless `sent_at` says so. */
export async function aCall(
  bench: Bench,
  more: { gate?: string; sent_at?: Date } = {},
): Promise<string> {
  const id = newId();
  await bench.db
    .insertInto('tasks')
    .values({ id, org_id: bench.orgId, kind: 'call', subject_id: newId(), lane: 'email', ...more })
    .execute();
  return id;
}

export async function tasksOf(db: Kysely<Database>, jobId: string): Promise<Task[]> {
  return db
    .selectFrom('tasks')
    .selectAll()
    .where('job_id', '=', jobId)
    .orderBy('positions')
    .execute();
}

export const readTask = (db: Kysely<Database>, id: string): Promise<Task | undefined> =>
  db.selectFrom('tasks').selectAll().where('id', '=', id).executeTakeFirst();

export const readJobRow = (db: Kysely<Database>, id: string) =>
  db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

export const outcomesOf = (db: Kysely<Database>, jobId: string) =>
  db
    .selectFrom('outcomes')
    .selectAll()
    .where('job_id', '=', jobId)
    .orderBy('round')
    .orderBy('position')
    .execute();

export async function effectsOf(db: Kysely<Database>, jobId: string): Promise<string[]> {
  const { rows } = await sql<{ target_id: string }>`
    select target_id from effects where job_id = ${jobId} order by target_id`.execute(db);
  return rows.map((row) => row.target_id);
}

/** As if the holder had been silent for long. */
export async function expireLease(db: Kysely<Database>, taskId: string): Promise<void> {
  await sql`update tasks set leased_until = now() - interval '1 s'
    where id = ${taskId} and lease_token is not null`.execute(db);
}

export const deliver = (taskId: string) => ({ taskId, redelivered: false });
export const redeliver = (taskId: string) => ({ taskId, redelivered: true });
