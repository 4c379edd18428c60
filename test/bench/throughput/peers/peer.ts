import { startProcess } from '@usher/infra';
import { brokenBy } from '../broken-by.ts';
import type { Contestant, Place } from '../contestant.ts';
import { insertJobs } from './insert-jobs.ts';
import type { TargetMessage } from './record-target.ts';
import { READY } from './run-consumer.ts';
import { targetMessages } from './target-messages.ts';

/** The side that hands queue jobs over: in our process, as a peer's own bulk call. */
export interface Producer {
  add(messages: readonly TargetMessage[]): Promise<void>;
  close(): Promise<void>;
}

export interface PeerOptions {
  name: string;
  about: string;
  /** The program that consumes; it is told where by DATABASE_URL and REDIS_URL. */
  consumer: string;
  openProducer(place: Place): Promise<Producer>;
}

/** A queue library with one queue job and one transaction per target, consumed by one process. */
export function peer({ name, about, consumer, openProducer }: PeerOptions): Contestant {
  return {
    name,
    about,
    share: 'part',
    async start(place) {
      const producer = await openProducer(place);
      try {
        const worker = await startProcess({
          name: `${name} worker`,
          file: consumer,
          env: {
            PATH: process.env.PATH,
            NODE_ENV: 'production',
            DATABASE_URL: place.databaseUrl,
            REDIS_URL: place.redisUrl,
          },
          readyLine: (line) => line === READY,
          ...(place.onLine && { onLine: place.onLine }),
        });
        return {
          processes: { worker: worker.pid },
          broken: brokenBy([worker]),
          prepare: (workload) => insertJobs(place.databaseUrl, workload),
          async submit(workload) {
            await producer.add(targetMessages(workload));
            return workload.invitations.map(({ jobId }) => jobId);
          },
          async stop() {
            await worker.stop();
            await producer.close();
          },
        };
      } catch (error) {
        await producer.close();
        throw error;
      }
    },
  };
}
