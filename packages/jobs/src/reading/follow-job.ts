import type { JobHead } from '../kind.ts';
import { PAGE, type JobWatch, type Sight, type Told } from './job-watchers.ts';
import { ALL, horizonOf, startOf, toEventId, type Place } from './stream-place.ts';

export type News =
  | { type: 'targets'; targets: readonly Told[] }
  | { type: 'progress' | 'finished'; id: string; sight: Sight }
  /** Nothing has happened for long. */
  | { type: 'pulse' };

/**
 * Everything that happens to a job from a place on: outcomes, each once and each with its id, then the
 * job with just these counted. Ends after `finished`, or when the watch is over. A round that is over
 * is told to its end before a later one, however the rounds went by meanwhile.
 * @param from null: the beginning of the present round. So does a place that is not in this database's
 * past, as after a restore.
 */
export async function* followJob(watch: JobWatch, from: Place | null): AsyncGenerator<News> {
  const { jobId } = watch;
  let begun = from !== null;
  let place = from ?? startOf(0);
  let told = '';
  try {
    for (;;) {
      const sight = await watch.next();
      if (sight === null) return;
      if (sight === 'pulse') {
        yield { type: 'pulse' };
        continue;
      }
      const { text, round, finished, snapshot } = sight;
      if (text === told) continue;
      if (!begun || !isPast(place, sight)) place = startOf(round);
      begun = true;
      try {
        for (; place.round < round; place = startOf(place.round + 1)) yield* tell(ALL);
        yield* tell(finished ? ALL : snapshot);
      } catch (error) {
        watch.disturbed(error as Error);
        continue;
      }
      told = text;
      if (finished) place = { round, seen: ALL, batch: null };
      yield { type: finished ? 'finished' : 'progress', id: toEventId(jobId, place), sight };
      if (finished) return;
    }
  } finally {
    watch.stop();
  }

  async function* tell(upTo: string): AsyncGenerator<News> {
    if (place.seen === ALL) return;
    // The place may be in the middle of an earlier batch.
    if (place.batch && place.batch.upTo !== upTo) yield* tellBatch(place.batch);
    yield* tellBatch(place.batch ?? { upTo, after: -1 });
  }

  async function* tellBatch({
    upTo,
    after,
  }: {
    upTo: string;
    after: number;
  }): AsyncGenerator<News> {
    for (let size = PAGE; size === PAGE;) {
      place = { ...place, batch: { upTo, after } };
      const targets = await watch.read(place);
      size = targets.length;
      after = targets.at(-1)?.target.position ?? after;
      place = { ...place, batch: { upTo, after } };
      if (size > 0) yield { type: 'targets', targets };
    }
    if (upTo !== ALL) place = { round: place.round, seen: upTo, batch: null };
  }
}

/** Whether a stream of this database can have come to this place by now. */
function isPast({ round, seen, batch }: Place, now: Sight): boolean {
  if (round > now.round) return false;
  const over = round < now.round || now.finished;
  return [seen, ...(batch ? [batch.upTo] : [])].every((each) =>
    each === ALL ? over : horizonOf(each) <= horizonOf(now.snapshot),
  );
}

/** Whether a stream at this place has told all, the end included, and nothing new has begun. */
export const isToldToItsEnd = ({ round, seen }: Place, job: JobHead): boolean =>
  seen === ALL && round === job.round && job.finished_at !== null;
