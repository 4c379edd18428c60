import { createPaged, type Paged, type PageQuery } from '../paging.ts';
import { waitForJob, type WaitOptions } from '../streams/wait-for-job.ts';
import { watchJob, type JobEvent, type WatchOptions } from '../streams/watch-job.ts';
import type { CallOptions, WriteOptions } from '../transport/call.ts';
import { path } from '../transport/path.ts';
import type { Transport } from '../transport/transport.ts';
import type {
  Job,
  JobFilter,
  JobPreview,
  JobReceipt,
  JobBody,
  Redrive,
  Target,
  TargetFilter,
} from '../types.ts';
import { JobHandle } from './job-handle.ts';

/** As many targets as one answer holds. */
const TARGETS_AT_ONCE = 1_000;

export interface Jobs {
  /** Submit a job of up to 10,000 targets; resolves as soon as it is accepted. */
  submit(body: JobBody & { validate_only?: false }, options?: WriteOptions): Promise<JobHandle>;
  /** What each target would come to now. Nothing is done. */
  preview(body: JobBody, options?: WriteOptions): Promise<JobPreview>;
  get(id: string, options?: CallOptions): Promise<JobHandle>;
  /** Newest first. */
  list(filter?: JobFilter & PageQuery, options?: CallOptions): Paged<Job>;
  /** Every target with its outcome, in the order of the request. */
  targets(id: string, filter?: TargetFilter & PageQuery, options?: CallOptions): Paged<Target>;
  /**
   * Resolves with the job once it has finished, whatever it came to, also over a restart of the API.
   * @throws UsherTimeoutError when that is not within `timeoutMs`.
   */
  wait(id: string, options?: WaitOptions): Promise<JobHandle>;
  /**
   * What happens in a job until it has finished: each outcome once, and how it stands. A connection that
   * breaks, or falls silent, is made anew, and goes on where the last one was.
   */
  watch(id: string, options?: WatchOptions): AsyncGenerator<JobEvent, void, undefined>;
  /** Targets that have not been begun end `canceled`. @throws UsherError `state_conflict` once finished. */
  cancel(id: string, options?: WriteOptions): Promise<JobHandle>;
  /** Nothing more is begun. @throws UsherError `state_conflict` once finished. */
  pause(id: string, options?: WriteOptions): Promise<JobHandle>;
  resume(id: string, options?: WriteOptions): Promise<JobHandle>;
  /** Try again what failed, or what ended with one of these codes, as another round of the job. */
  redrive(id: string, body?: Redrive, options?: WriteOptions): Promise<JobHandle>;
}

export function createJobs(transport: Transport): Jobs {
  const { read, write } = transport;
  const handle = async (coming: Promise<JobReceipt>): Promise<JobHandle> => {
    const { job, callback_secret } = await coming;
    return new JobHandle(jobs, job, callback_secret);
  };
  const steer = (at: string, options?: WriteOptions) =>
    handle(write('POST', at, undefined, options));

  const jobs: Jobs = {
    async submit(body, options) {
      if (body.validate_only) throw new TypeError('validate_only makes no job: use jobs.preview');
      return handle(write('POST', '/jobs', body, options));
    },
    preview: (body, options) => write('POST', '/jobs', { ...body, validate_only: true }, options),
    get: async (id, options) => handle(read(path`/jobs/${id}`, options)),
    list: (filter = {}, options) =>
      createPaged(transport, { path: '/jobs', field: 'jobs' }, filter, options),
    targets: (id, { pageSize = TARGETS_AT_ONCE, ...filter } = {}, options) => {
      const source = { path: path`/jobs/${id}/targets`, field: 'targets' };
      return createPaged(transport, source, { ...filter, pageSize }, options);
    },
    wait: async (id, options = {}) => new JobHandle(jobs, await waitForJob(transport, id, options)),
    watch: (id, options = {}) => watchJob(transport, id, options),
    cancel: async (id, options) => steer(path`/jobs/${id}/cancel`, options),
    pause: async (id, options) => steer(path`/jobs/${id}/pause`, options),
    resume: async (id, options) => steer(path`/jobs/${id}/resume`, options),
    redrive: async (id, body = {}, options) =>
      handle(write('POST', path`/jobs/${id}/redrive`, body, options)),
  };
  return jobs;
}
