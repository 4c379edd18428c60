import { PublicError } from '@usher/contracts';
import type { Caller } from '@usher/directory';

/** How long a key that has ended may go on reading what was opened with it. */
const CHECK_MS = 3_000;
const RETRY_AFTER_S = 10;

/** Requests that stay open for long: streams, and long polls of jobs. */
export interface HeldRequests {
  /**
   * Count a request as open, until what is returned is called.
   * @param end called, perhaps repeatedly, once its key is revoked or has expired.
   * @throws {PublicError} `rate_limited` where its organization has enough of them open.
   */
  hold(caller: Pick<Caller, 'orgId' | 'keyId'>, end: () => void): () => void;
}

/** One statement every 3 s asks for all keys, while anything is open. */
export function createHeldRequests(options: {
  /** Which of these keys are revoked or expired. */
  findEnded: (keyIds: string[]) => Promise<string[]>;
  /** For each organization. */
  most: number;
  onError: (error: Error) => void;
}): HeldRequests {
  const { findEnded, most, onError } = options;
  const counts = new Map<string, number>();
  const byKey = new Map<string, Set<() => void>>();
  let timer: NodeJS.Timeout | undefined;
  let checking = false;

  async function check(): Promise<void> {
    if (checking) return;
    checking = true;
    try {
      for (const keyId of await findEnded([...byKey.keys()])) {
        for (const end of byKey.get(keyId) ?? []) end();
      }
    } catch (error) {
      // Without its database this process has nothing new to tell anybody.
      onError(error as Error);
    }
    checking = false;
  }

  return {
    hold({ orgId, keyId }, end) {
      const count = counts.get(orgId) ?? 0;
      if (count >= most) {
        const message = `This organization has ${most} streams and long polls open already`;
        throw new PublicError('rate_limited', message, { retryAfterSeconds: RETRY_AFTER_S });
      }
      counts.set(orgId, count + 1);
      const ends = byKey.get(keyId) ?? new Set();
      byKey.set(keyId, ends.add(end));
      timer ??= setInterval(() => void check(), CHECK_MS);
      return () => {
        if (!ends.delete(end)) return;
        if (ends.size === 0 && byKey.get(keyId) === ends) byKey.delete(keyId);
        const left = (counts.get(orgId) ?? 0) - 1;
        if (left > 0) counts.set(orgId, left);
        else counts.delete(orgId);
        if (counts.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
