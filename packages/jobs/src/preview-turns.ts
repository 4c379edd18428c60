import { PublicError } from '@usher/contracts';
import { atMost, type AtMost } from './at-most.ts';

/** Keeps previews from taking more of the database than is good for those who really do something. */
export interface PreviewTurns {
  /**
   * A whole preview: one of each organization at a time.
   * @throws {PublicError} `unavailable` while there is another.
   */
  enter<Result>(orgId: string, preview: () => Promise<Result>): Promise<Result>;
  /** A piece of one: two at a time, whoever's they are, in the order in which they were asked for. */
  take: AtMost;
}

const PIECES_AT_ONCE = 2;
const TRY_AGAIN_S = 2;

/** For one process. Turns are taken piece by piece: a small preview waits for no large one's end. */
export function createPreviewTurns(): PreviewTurns {
  const entered = new Set<string>();
  return {
    async enter(orgId, preview) {
      if (entered.has(orgId)) {
        throw new PublicError('unavailable', 'Another preview of this organization is under way', {
          retryAfterSeconds: TRY_AGAIN_S,
        });
      }
      entered.add(orgId);
      try {
        return await preview();
      } finally {
        entered.delete(orgId);
      }
    },
    take: atMost(PIECES_AT_ONCE),
  };
}
