import { UsherConnectionError } from '../errors.ts';
import { path } from '../transport/path.ts';
import { startClock } from '../transport/clock.ts';
import type { Transport } from '../transport/transport.ts';
import type { FinishedEvent, Job, ProgressEvent, Target, TargetEvent } from '../types.ts';
import { createPatience, type PatienceOptions } from './patience.ts';
import { expectType, readChunks } from './read-chunks.ts';
import { readEvents, type EventSourceMessage } from './read-events.ts';

/** What a stream says of a job. `id` is what `lastEventId` takes. */
export type JobEvent =
  | { type: 'target'; id: string; round: number; target: Target }
  | { type: 'progress' | 'finished'; id: string; job: Job };

export interface WatchOptions extends PatienceOptions {
  /** Begin right after this event, which an earlier watch has told. */
  lastEventId?: string | undefined;
  /** How long a connection may say nothing before another is made; 45 s, three of the API's heartbeats. */
  silenceMs?: number | undefined;
}

const SILENCE_MS = 45_000;
const RETRY_MS = 1_000;

/**
 * The events of a job until it has finished, each once, over as many connections as it takes.
 * @throws UsherError for what no other try would mend; UsherConnectionError after an outage too long.
 */
export async function* watchJob(
  transport: Transport,
  id: string,
  options: WatchOptions,
): AsyncGenerator<JobEvent, void, undefined> {
  const { signal, silenceMs = SILENCE_MS } = options;
  const eventsPath = path`/jobs/${id}/events`;
  const patience = createPatience(options);
  let { lastEventId } = options;
  let retryMs = RETRY_MS;

  /** @returns whether there is nothing more to come. */
  async function* follow(): AsyncGenerator<JobEvent, boolean, undefined> {
    const connection = startClock(undefined, signal);
    try {
      const response = await transport.open({
        method: 'GET',
        path: eventsPath,
        headers: {
          accept: 'text/event-stream',
          ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
        },
        signal: connection.signal,
        maxRetries: 0,
      });
      if (response.status === 204) return true;
      expectType(response, 'text/event-stream');
      const events = readEvents(readChunks(response, silenceMs), {
        onRetry: (ms) => (retryMs = ms),
        onComment: patience.heard,
      });
      for await (const message of events) {
        signal?.throwIfAborted();
        patience.heard();
        lastEventId = message.id ?? lastEventId;
        const event = toEvent(message, lastEventId);
        if (event) yield event;
        if (event?.type === 'finished') return true;
      }
      return false;
    } finally {
      connection.end();
    }
  }

  for (;;) {
    let failure: unknown = new UsherConnectionError(`The stream of job ${id} ended before the job`);
    try {
      if (yield* follow()) return;
    } catch (error) {
      failure = error;
    }
    await patience.after(failure, retryMs);
  }
}

/** Undefined: something that this version does not know. */
function toEvent({ event: type, data }: EventSourceMessage, id = ''): JobEvent | undefined {
  switch (type) {
    case 'target': {
      const { round, ...target } = JSON.parse(data) as TargetEvent;
      return { type, id, round, target };
    }
    case 'progress':
    case 'finished':
      return { type, id, ...(JSON.parse(data) as ProgressEvent | FinishedEvent) };
    default:
      return undefined;
  }
}
