import { sql, type Kysely } from 'kysely';
import type { Database } from './tables.ts';

const COALESCE_MS = 5;
// Postgres refuses payloads of 8,000 bytes; a uuid and its comma are 37.
const IDS_PER_MESSAGE = 200;

export interface Notifier {
  /** Say that something happened to these subjects. Returns at once; failures are reported, not thrown. */
  notify(...subjects: string[]): void;
  /** Send what is still unsaid. */
  flush(): Promise<void>;
}

/**
 * NOTIFY, coalesced per process: many calls within a few milliseconds become one statement, outside
 * any transaction, because a NOTIFY inside one makes all committing transactions queue up.
 */
export function createNotifier(
  db: Kysely<Database>,
  channel: string,
  onError: (error: Error) => void,
): Notifier {
  let pending = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let sentAt = Number.NEGATIVE_INFINITY;
  let sending: Promise<void> = Promise.resolve();

  const send = async () => {
    timer = undefined;
    sentAt = performance.now();
    const subjects = [...pending];
    pending = new Set();
    for (let at = 0; at < subjects.length; at += IDS_PER_MESSAGE) {
      const payload = subjects.slice(at, at + IDS_PER_MESSAGE).join(',');
      await sql`select pg_notify(${channel}, ${payload})`.execute(db);
    }
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (pending.size > 0) sending = sending.then(send).catch(onError);
    return sending;
  };

  return {
    notify(...subjects) {
      for (const subject of subjects) pending.add(subject);
      // The first after a silence is said at once.
      const pause = Math.max(0, sentAt + COALESCE_MS - performance.now());
      timer ??= setTimeout(() => void flush(), pause);
    },
    flush,
  };
}
