import type { Job, JobEvent, Usher } from '@usher/sdk';
import { CommandFailed } from '../exit-codes.ts';
import type { JobView } from './job-views.ts';

export interface FollowOptions {
  signal: AbortSignal;
  /** Seconds to wait at most; as long as it takes, unless named. */
  waitSeconds?: number | undefined;
  /** Begin right after this event. */
  lastEventId?: string | undefined;
  view: JobView;
  onEvent?: (event: JobEvent) => void;
}

/**
 * Follow a job until it has finished, over restarts of the API.
 * @returns it as it is then; its email is decided on, and perhaps not yet sent.
 * @throws {CommandFailed} `timeOver` when it has not finished in that time.
 */
export async function followJob(usher: Usher, id: string, options: FollowOptions): Promise<Job> {
  const { waitSeconds, lastEventId, view, onEvent } = options;
  const over = waitSeconds === undefined ? undefined : AbortSignal.timeout(waitSeconds * 1_000);
  const signal = over ? AbortSignal.any([options.signal, over]) : options.signal;
  try {
    for await (const event of usher.jobs.watch(id, { signal, lastEventId })) {
      view.show(event);
      onEvent?.(event);
      if (event.type === 'finished') return event.job;
    }
    // That event was told before: it is over.
    return (await usher.jobs.get(id, { signal })).data;
  } catch (error) {
    if (!over?.aborted || options.signal.aborted) throw error;
    throw new CommandFailed(
      'timeOver',
      `Job ${id} has not finished within ${waitSeconds} s, and goes on. Next: usher job watch ${id}`,
      { cause: error },
    );
  } finally {
    view.end();
  }
}
