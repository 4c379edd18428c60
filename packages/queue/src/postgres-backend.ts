import { createPostgresBackend, Queue, Worker } from 'bullmq';
import pg from 'pg';
import type { Backend } from './backend.ts';
import { RECOVERY_SLACK, recoverStalled } from './recover-stalled.ts';

const POOL_SIZE = 24;
/**
 * A notification wakes whoever waits; to look without one is for the case that it was lost, and four
 * statements in each lane.
 */
const DRAIN_DELAY_S = 60;
/** So that a connection that only seems to listen is found, and replaced, all the same. */
const KEEP_ALIVE_AFTER_MS = 10_000;

/** The schema that BullMQ keeps its tables in; migrations and connections must name the same one. */
export const QUEUE_SCHEMA = 'bullmq';

/**
 * A pool whose connections carry our timeouts; LISTEN connections are taken from it too. `onError`
 * hears of a connection that breaks, also one in use, or about to end: it would otherwise throw where
 * nobody can catch it. Whoever waits for its answer is told as well.
 */
export function createQueuePool(
  url: string,
  size: number,
  onError: (error: Error) => void,
): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'usher-queue',
    max: size,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    lock_timeout: 8_000,
    idle_in_transaction_session_timeout: 15_000,
    query_timeout: 15_000,
    // BullMQ's functions keep their plans, the first made on empty tables: those would read all of it.
    options: `-c search_path=${QUEUE_SCHEMA} -c enable_seqscan=off`,
  });
  pool.on('error', onError);
  pool.on('connect', (client) => client.on('error', onError));
  return pool;
}

/** BullMQ on Postgres: one pool for all lanes of a process. */
export function postgresBackend(url: string, onError: (error: Error) => void): Backend {
  const pool = createQueuePool(url, POOL_SIZE, onError);
  const recovery = recoverStalled(pool, onError);
  return {
    addTimeoutMs: 3_000,
    async incarnation() {
      const { rows } = await pool.query<{ started: string }>(
        `select (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint::text as started`,
      );
      return rows[0]?.started ?? '';
    },
    producer: (name) => new Queue(name, { connection: pool }, createPostgresBackend),
    receiver: (name, handle, options) =>
      recovery.watch(
        new Worker(
          name,
          handle,
          {
            ...options,
            connection: pool,
            drainDelay: DRAIN_DELAY_S,
            skipStalledCheck: true,
            stalledInterval: options.stalledInterval * RECOVERY_SLACK,
          },
          createPostgresBackend,
        ),
        options.stalledInterval,
      ),
    close() {
      recovery.close();
      return pool.end();
    },
  };
}
