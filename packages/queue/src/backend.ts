import { createPostgresBackend, Queue, Worker, type JobsOptions } from 'bullmq';
import pg from 'pg';

/** What one message is to BullMQ: a task's id. */
export interface Payload {
  task: string;
}

/** What we read of BullMQ's `Job`; its own type stays in this package. */
export interface DeliveredJob {
  data: Payload;
  attemptsStarted: number;
  stalledCounter: number;
}

/** What we use of BullMQ's `Queue`. */
export interface Producer {
  add(name: string, data: Payload, options: JobsOptions): Promise<unknown>;
  addBulk(jobs: Array<{ name: string; data: Payload; opts: JobsOptions }>): Promise<unknown>;
  getJob(id: string): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
}

/** What we use of BullMQ's `Worker`. */
export interface Receiver {
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(force?: boolean): Promise<void>;
}

export interface ReceiverOptions {
  concurrency: number;
  lockDuration: number;
  stalledInterval: number;
  maxStalledCount: number;
  drainDelay: number;
  runRetryDelay: number;
}

/** One store behind BullMQ: builds its queues and workers, and lets go of its connections. */
export interface Backend {
  /** How long an `add` may take before it is given up; it may still arrive. */
  addTimeoutMs: number;
  producer(name: string): Producer;
  receiver(
    name: string,
    handle: (job: DeliveredJob) => Promise<void>,
    options: ReceiverOptions,
  ): Receiver;
  close(): Promise<void>;
}

const POOL_SIZE = 24;

/** The schema that BullMQ keeps its tables in; migrations and connections must name the same one. */
export const QUEUE_SCHEMA = 'bullmq';

/** A pool whose connections carry our timeouts; LISTEN connections are taken from it too. */
export function createQueuePool(url: string, size: number): pg.Pool {
  return new pg.Pool({
    connectionString: url,
    application_name: 'usher-queue',
    max: size,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    lock_timeout: 8_000,
    idle_in_transaction_session_timeout: 15_000,
    query_timeout: 15_000,
    options: `-c search_path=${QUEUE_SCHEMA}`,
  });
}

/** BullMQ on Postgres: one pool for all lanes of a process. */
export function postgresBackend(url: string, onError: (error: Error) => void): Backend {
  const pool = createQueuePool(url, POOL_SIZE);
  pool.on('error', onError);
  // One that breaks while it is in use would otherwise throw where nobody can catch it.
  pool.on('connect', (client) => client.on('error', onError));
  return {
    addTimeoutMs: 3_000,
    producer: (name) => new Queue(name, { connection: pool }, createPostgresBackend),
    receiver: (name, handle, options) =>
      new Worker(name, handle, { ...options, connection: pool }, createPostgresBackend),
    close: () => pool.end(),
  };
}
