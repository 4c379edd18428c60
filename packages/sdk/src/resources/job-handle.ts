import type { Paged, PageQuery } from '../paging.ts';
import type { WaitOptions } from '../streams/wait-for-job.ts';
import type { JobEvent, WatchOptions } from '../streams/watch-job.ts';
import type { CallOptions, WriteOptions } from '../transport/call.ts';
import type { Job, JobState, Redrive, Target, TargetFilter } from '../types.ts';
import type { Jobs } from './jobs.ts';

/** A job, and what can be done with it. */
export class JobHandle {
  readonly id: string;
  /** As it was when last asked: by whichever of these methods. */
  data: Job;
  /** What signs the webhooks to its `callback_url`. Only the answer that made the job says it. */
  readonly callbackSecret: string | undefined;
  readonly #jobs: Jobs;

  constructor(jobs: Jobs, data: Job, callbackSecret?: string) {
    this.#jobs = jobs;
    this.id = data.id;
    this.data = data;
    this.callbackSecret = callbackSecret;
  }

  get state(): JobState {
    return this.data.state;
  }

  /** Resolves with the job once it has finished, whatever it came to; see `jobs.wait`. */
  wait(options?: WaitOptions): Promise<this> {
    return this.#take(this.#jobs.wait(this.id, options));
  }

  refresh(options?: CallOptions): Promise<this> {
    return this.#take(this.#jobs.get(this.id, options));
  }

  cancel(options?: WriteOptions): Promise<this> {
    return this.#take(this.#jobs.cancel(this.id, options));
  }

  pause(options?: WriteOptions): Promise<this> {
    return this.#take(this.#jobs.pause(this.id, options));
  }

  resume(options?: WriteOptions): Promise<this> {
    return this.#take(this.#jobs.resume(this.id, options));
  }

  redrive(body?: Redrive, options?: WriteOptions): Promise<this> {
    return this.#take(this.#jobs.redrive(this.id, body, options));
  }

  targets(filter?: TargetFilter & PageQuery, options?: CallOptions): Paged<Target> {
    return this.#jobs.targets(this.id, filter, options);
  }

  watch(options?: WatchOptions): AsyncGenerator<JobEvent, void, undefined> {
    return this.#jobs.watch(this.id, options);
  }

  async #take(coming: Promise<JobHandle>): Promise<this> {
    this.data = (await coming).data;
    return this;
  }
}
