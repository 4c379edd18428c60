import { setTimeout as delay } from 'node:timers/promises';
import { residentBytesOf } from '../support/processes.ts';

const LOOK_EVERY_MS = 250;

/** The most that was seen, in bytes, by what it is of. */
export type Memory = Record<string, number>;

/**
 * Look at the resident memory of processes, over and over, while something else goes on.
 * @param redis asked what it calls `used_memory`, where there is one.
 * @returns what the work came to, and the most memory that was seen meanwhile.
 */
export async function watchMemory<T>(
  pids: Readonly<Record<string, number>>,
  redis: { command(...words: ['INFO', 'memory']): Promise<unknown> } | undefined,
  work: () => Promise<T>,
): Promise<{ result: T; memory: Memory }> {
  const memory: Memory = {};
  const note = (name: string, bytes: number | undefined) => {
    if (bytes !== undefined) memory[name] = Math.max(memory[name] ?? 0, bytes);
  };
  const look = async () => {
    for (const [name, pid] of Object.entries(pids)) note(name, residentBytesOf(pid));
    if (!redis) return;
    const information = String(await redis.command('INFO', 'memory'));
    note('redis used_memory', Number(/used_memory:(\d+)/.exec(information)?.[1]));
  };
  const over = new AbortController();
  const looking = (async () => {
    while (!over.signal.aborted) {
      await look();
      await delay(LOOK_EVERY_MS);
    }
  })();
  try {
    const result = await Promise.race([work(), looking.then(() => undefined as never)]);
    return { result, memory };
  } finally {
    over.abort();
    await looking;
  }
}
