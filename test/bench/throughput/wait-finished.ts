import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';

const LOOK_EVERY_MS = 20;
const AT_ONCE = 50;
const PATIENCE_MS = 60_000;

/**
 * Wait until all of these jobs are finished, which they are in the transaction of their last outcome.
 * Looks by primary key at a few jobs at a time, so that looking costs the measurement next to nothing.
 * @throws when none of them finishes for a minute.
 */
export async function waitFinished(client: Client, jobIds: readonly string[]): Promise<void> {
  let open = [...jobIds];
  for (let progress = performance.now(); open.length > 0;) {
    const { rows } = await client.query<{ id: string }>({
      name: 'which-are-finished',
      text: 'select id from jobs where id = any ($1::uuid[]) and finished_at is not null',
      values: [open.slice(0, AT_ONCE)],
    });
    const finished = new Set(rows.map((row) => row.id));
    if (finished.size > 0) progress = performance.now();
    else if (performance.now() - progress > PATIENCE_MS) {
      throw new Error(
        `${open.length} of ${jobIds.length} jobs are unfinished, and nothing goes on`,
      );
    }
    const whole = finished.size === Math.min(AT_ONCE, open.length);
    open = open.filter((id) => !finished.has(id));
    if (!whole) await delay(LOOK_EVERY_MS);
  }
}
