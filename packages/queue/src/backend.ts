import type { JobsOptions } from 'bullmq';

/** What one message is to BullMQ: the ids of one or several tasks, with spaces between them. */
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
  waitUntilReady(): Promise<unknown>;
  add(name: string, data: Payload, options: JobsOptions): Promise<unknown>;
  addBulk(jobs: Array<{ name: string; data: Payload; opts: JobsOptions }>): Promise<unknown>;
  getJob(id: string): Promise<unknown>;
  /** Remove what waits. */
  drain(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
}

/** What we use of BullMQ's `Worker`. */
export interface Receiver {
  waitUntilReady(): Promise<unknown>;
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
  /** Another word after each restart of the store, of letters and digits. */
  incarnation(): Promise<string>;
  producer(name: string): Producer;
  receiver(
    name: string,
    handle: (job: DeliveredJob) => Promise<void>,
    options: ReceiverOptions,
  ): Receiver;
  close(): Promise<void>;
}
