import { randomBytes } from 'node:crypto';
import { createNotifier, type Database } from '@usher/db';
import { WEBHOOK, publishEvents } from '@usher/events';
import { DISPATCH_CHANNEL } from '@usher/jobs';
import { sql, type Kysely } from 'kysely';
import type { TestDatabase } from '../../support/database.ts';
import type { TestRedis } from '../../support/redis.ts';
import { startSystem, type System } from '../../support/system.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { Endpoint } from './create-endpoints.ts';
import { eventData } from './event-data.ts';

/** Where things are measured. */
export interface Venue {
  createDatabase(): Promise<TestDatabase>;
  /** Undefined where its CPU time is not asked for. */
  postgresPid?: number;
  redis: TestRedis;
  /** Lines that the worker writes. */
  onLine?: (line: string) => void;
}

export type Backend = 'postgres' | 'redis';

/** One worker with its dispatcher, on an empty database. */
export interface Stage {
  system: System;
  secretKey: Buffer;
  workerPid: number;
  /** Tell the dispatcher of events that were committed. */
  wake(): void;
  /** All deliveries to these endpoints have ended. */
  ended(endpoints: readonly Endpoint[]): Promise<boolean>;
  close(): Promise<void>;
}

export async function startStage(venue: Venue, backend: Backend): Promise<Stage> {
  const secretKey = randomBytes(32);
  if (backend === 'redis') await venue.redis.command('FLUSHALL');
  const system = await startSystem({
    database: await venue.createDatabase(),
    apis: 0,
    websites: 2,
    environment: {
      SECRET_KEY: secretKey.toString('hex'),
      // The receivers are on this machine.
      WEBHOOK_ALLOW_PRIVATE: 'true',
      LOG_LEVEL: 'warn',
    },
    ...(backend === 'redis' && { queueUrl: venue.redis.url }),
    ...(venue.onLine && { onLine: venue.onLine }),
  });
  const [worker] = system.workers;
  if (!worker) throw new Error('the system started without a worker');
  const { db } = system;
  const fail = (error: Error) => console.error(error);
  const notifier = createNotifier(db, DISPATCH_CHANNEL, fail);
  return {
    system,
    secretKey,
    workerPid: worker.pid,
    wake: () => notifier.notify(WEBHOOK),
    ended: (endpoints) => haveEnded(db, endpoints),
    async close() {
      await notifier.flush();
      await system.close();
    },
  };
}

/** One event for this endpoint alone; nobody else in its organization is told. */
export const publishTo = (
  db: Kysely<Database>,
  { id, orgId }: Endpoint,
  n: number,
): Promise<boolean> =>
  publishEvents(db, [{ orgId, type: 'job.completed', data: eventData(n) }], { endpointId: id });

/** Deliver so many to each of these, and make quiet: no vacuum or checkpoint is due. */
export async function warmUp(
  stage: Stage,
  endpoints: readonly Endpoint[],
  each: number,
): Promise<void> {
  const { db } = stage.system;
  await db.transaction().execute(async (trx) => {
    for (let n = 0; n < each * endpoints.length; n += 1) {
      await publishTo(trx, endpoints[n % endpoints.length] as Endpoint, n);
    }
  });
  stage.wake();
  await waitFor('the warm-up is delivered', () => stage.ended(endpoints));
  await sql`vacuum (analyze)`.execute(db);
  await sql`checkpoint`.execute(db);
}

async function haveEnded(db: Kysely<Database>, endpoints: readonly Endpoint[]): Promise<boolean> {
  const { rows } = await sql<{ open: boolean }>`
    select exists (
      select from deliveries join unnest(${endpoints.map(({ orgId }) => orgId)}::uuid[],
        ${endpoints.map(({ id }) => id)}::uuid[]) as endpoint (org_id, id)
        on endpoint.org_id = deliveries.org_id and endpoint.id = deliveries.endpoint_id
      where ended_at is null) as open`.execute(db);
  return rows[0]?.open === false;
}
