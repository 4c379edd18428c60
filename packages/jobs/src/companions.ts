import { atMost, type AtMost } from './at-most.ts';

/**
 * Lets work of one class share a transaction: what arrives while others run waits for them, and then
 * goes together, at most one of each subject. Nothing waits while there is nobody to wait for.
 */
export interface Companions {
  /** @param run does all that go together, and answers for each in its order. */
  join<Entry, Result>(
    place: { class: string; subject: string },
    entry: Entry,
    run: (entries: Entry[]) => Promise<Result[]>,
  ): Promise<Result>;
  /** For work that cannot share: it waits while too much of it runs at once. */
  apart: AtMost;
}

/**
 * One at a time: two would lock the same rows of targets at once, which Postgres writes down at length,
 * and what waits for one makes the next one larger.
 */
const AT_ONCE = 1;
const MOST = 16;
/** Each has a connection and a transaction of its own. */
const APART_AT_ONCE = 8;

interface Waiting {
  subject: string;
  entry: unknown;
  run: (entries: unknown[]) => Promise<unknown[]>;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/** @param atOnce how many groups of one class run beside each other. */
export function createCompanions({ atOnce = AT_ONCE } = {}): Companions {
  const classes = new Map<string, { waiting: Waiting[]; running: number }>();

  /** The longest waiting, and behind it whoever has another subject. */
  function gather(waiting: Waiting[]): Waiting[] {
    const group: Waiting[] = [];
    const subjects = new Set<string>();
    for (const each of waiting) {
      if (group.length === MOST) break;
      if (subjects.has(each.subject)) continue;
      subjects.add(each.subject);
      group.push(each);
    }
    return group;
  }

  async function start(name: string): Promise<void> {
    const known = classes.get(name);
    if (!known || known.running >= atOnce) return;
    const group = gather(known.waiting);
    const [first] = group;
    if (!first) {
      if (known.running === 0) classes.delete(name);
      return;
    }
    known.waiting = known.waiting.filter((each) => !group.includes(each));
    known.running += 1;
    try {
      const results = await first.run(group.map((each) => each.entry));
      for (const [at, each] of group.entries()) each.resolve(results[at]);
    } catch (error) {
      for (const each of group) each.reject(error);
    } finally {
      known.running -= 1;
    }
    return start(name);
  }

  return {
    join: (place, entry, run) =>
      new Promise((resolve, reject) => {
        const known = classes.get(place.class) ?? { waiting: [], running: 0 };
        classes.set(place.class, known);
        known.waiting.push({
          subject: place.subject,
          entry,
          run: run as Waiting['run'],
          resolve: resolve as Waiting['resolve'],
          reject,
        });
        void start(place.class);
      }),
    apart: atMost(APART_AT_ONCE),
  };
}
