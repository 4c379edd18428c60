import { PublicError } from '@usher/contracts';

/** In place of a snapshot: all that there is. Only of a round that is over. */
export const ALL = 'all';
/** A snapshot that sees nothing. */
const NOTHING = '1:1:';

/**
 * How far a stream of a job has come. Snapshots are Postgres' own, as text. What is visible in one and
 * not in another, earlier one never changes, so that any position in it can be gone on from.
 */
export interface Place {
  round: number;
  /** The outcomes of the round that this snapshot sees were told; `ALL`: the round's end too. */
  seen: string;
  /** Besides, of those that `upTo` sees, the ones up to the position `after`. */
  batch: { upTo: string; after: number } | null;
}

export const startOf = (round: number): Place => ({ round, seen: NOTHING, batch: null });

/** The place as the id of an event, for this job alone. */
export function toEventId(jobId: string, { round, seen, batch }: Place): string {
  const parts = [
    tagOf(jobId),
    round,
    pack(seen),
    ...(batch ? [pack(batch.upTo), batch.after] : []),
  ];
  return parts.join('/');
}

/** @throws {PublicError} `invalid_request` for what is no id of an event of this job. */
export function fromEventId(jobId: string, id: string): Place {
  const [, tag, round, seen, upTo, after] = EVENT_ID.exec(id) ?? [];
  const places = [seen, upTo ?? ALL].map((packed) => unpack(packed ?? ''));
  if (tag !== tagOf(jobId) || places[0] === undefined || places[1] === undefined) {
    const message = 'use the id of an event of this job’s stream, or leave it out';
    throw new PublicError('invalid_request', 'Last-Event-ID is not an event of this job', {
      details: [{ path: 'Last-Event-ID', message }],
    });
  }
  const batch = after === undefined ? null : { upTo: places[1], after: Number(after) };
  return { round: Number(round), seen: places[0], batch };
}

const PACKED = String.raw`all|\d{1,18}(?:\.[0-9a-z]{1,9})+`;
const EVENT_ID = new RegExp(
  String.raw`^([0-9a-f]{12})/(\d{1,9})/(${PACKED})(?:/(${PACKED})/(-1|\d{1,9}))?$`,
);

const tagOf = (jobId: string) => jobId.slice(-12).toLowerCase();

/** `xmin:xmax:xip,…`, all but the first as distances from it: there may be a hundred of them. */
function pack(snapshot: string): string {
  if (snapshot === ALL) return ALL;
  const [xmin, ...others] = snapshot.split(/[:,]/).filter((each) => each !== '');
  const least = BigInt(xmin as string);
  return [xmin, ...others.map((each) => (BigInt(each) - least).toString(36))].join('.');
}

/** @returns undefined for what Postgres would not take. */
function unpack(packed: string): string | undefined {
  if (packed === ALL) return ALL;
  const [xmin, ...distances] = packed.split('.');
  if (!xmin || BigInt(xmin) === 0n) return undefined;
  const [width = 0, ...running] = distances.map((each) => Number.parseInt(each, 36));
  const rising = running.every((each, at) => each < width && each > (running[at - 1] ?? -1));
  if (!rising) return undefined;
  const back = (distance: number) => String(BigInt(xmin) + BigInt(distance));
  return `${xmin}:${back(width)}:${running.map(back).join(',')}`;
}

/** The first transaction that a snapshot knows nothing of. */
export const horizonOf = (snapshot: string): bigint => BigInt(snapshot.split(':')[1] as string);
