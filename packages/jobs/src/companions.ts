import { atMost, type AtMost } from './at-most.ts';

/**
 * Lets work of one class share a transaction: what arrives while others run waits for them, and then
 * goes together. One subject is never in two groups at once, nor two times in one. Nothing waits while
 * there is nobody to wait for, nor long for a group that does not come to its end.
 */
export interface Companions {
  /**
   * @param place `most`: how many of its class may go together, 16 unless given. `oneAtATime`: while a
   * group of it runs all others wait, and become a larger one. `kin`: of one subject, who has the same may
   * be in another group at once, but not in the same one.
   * @param run does all that go together, and answers for each in its order.
   */
  join<Entry, Result>(
    place: {
      class: string;
      subject: string;
      kin?: string | undefined;
      most?: number;
      oneAtATime?: boolean;
    },
    entry: Entry,
    run: (entries: Entry[]) => Promise<Result[]>,
  ): Promise<Result>;
  /**
   * For work that cannot share: it waits while too much of it runs at once, or of its owner's, who may
   * have much that is stuck.
   */
  apart<Result>(
    place: { owner: string; subject: string },
    run: () => Promise<Result>,
  ): Promise<Result>;
  /** Whether this subject runs apart, or waits for that. */
  isApart(subject: string): boolean;
}

/**
 * While one waits for its commit the next one works. Both lock the same rows of targets, which Postgres
 * writes down, and what waits for them makes the next one larger: more at once cost more than they gain.
 */
const AT_ONCE = 2;
const MOST = 16;
/** A group that takes longer, on a connection that fell silent it may be, makes room for so many others. */
const SLOW_MS = 1_000;
const ROOM_FOR_SLOW = 3;
/** Each has a connection and a transaction of its own. */
const APART_AT_ONCE = 8;
const APART_OF_ONE = 4;

interface Waiting {
  subject: string;
  kin: string | undefined;
  entry: unknown;
  run: (entries: unknown[]) => Promise<unknown[]>;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

interface Class {
  waiting: Waiting[];
  running: number;
  /** Of those that run. */
  slow: number;
  /** Of those that run, and how many of each. */
  subjects: Map<string, { kin: string | undefined; running: number }>;
  most: number;
  atOnce: number;
}

/** @param atOnce how many groups of one class run beside each other. */
export function createCompanions({ atOnce = AT_ONCE } = {}): Companions {
  const classes = new Map<string, Class>();

  /** The longest waiting, and behind it whoever has another subject. */
  function gather({ waiting, subjects, most }: Class): Map<string, Waiting> {
    const group = new Map<string, Waiting>();
    for (const each of waiting) {
      if (group.size === most) break;
      const running = subjects.get(each.subject);
      const mayRun = !running || (each.kin !== undefined && each.kin === running.kin);
      if (mayRun && !group.has(each.subject)) group.set(each.subject, each);
    }
    return group;
  }

  async function start(name: string): Promise<void> {
    const known = classes.get(name);
    if (!known || known.running - Math.min(known.slow, ROOM_FOR_SLOW) >= known.atOnce) return;
    const bySubject = gather(known);
    const group = [...bySubject.values()];
    const [first] = group;
    if (!first) {
      if (known.running === 0) classes.delete(name);
      return;
    }
    known.waiting = known.waiting.filter((each) => bySubject.get(each.subject) !== each);
    known.running += 1;
    for (const { subject, kin } of group) {
      const others = known.subjects.get(subject)?.running ?? 0;
      known.subjects.set(subject, { kin, running: others + 1 });
    }
    let slow = false;
    const timer = setTimeout(() => {
      slow = true;
      known.slow += 1;
      void start(name);
    }, SLOW_MS);
    try {
      const results = await first.run(group.map((each) => each.entry));
      for (const [at, each] of group.entries()) each.resolve(results[at]);
    } catch (error) {
      for (const each of group) each.reject(error);
    } finally {
      clearTimeout(timer);
      known.running -= 1;
      if (slow) known.slow -= 1;
      for (const { subject } of group) {
        const each = known.subjects.get(subject);
        if (each && each.running > 1) each.running -= 1;
        else known.subjects.delete(subject);
      }
    }
    void start(name);
  }

  const places = atMost(APART_AT_ONCE);
  const owners = new Map<string, { turns: AtMost; waiting: number }>();
  const subjectsApart = new Set<string>();

  async function apart<Result>(
    { owner, subject }: { owner: string; subject: string },
    run: () => Promise<Result>,
  ): Promise<Result> {
    const own = owners.get(owner) ?? { turns: atMost(APART_OF_ONE), waiting: 0 };
    owners.set(owner, own);
    own.waiting += 1;
    subjectsApart.add(subject);
    try {
      return await own.turns(() => places(run));
    } finally {
      subjectsApart.delete(subject);
      own.waiting -= 1;
      if (own.waiting === 0) owners.delete(owner);
    }
  }

  return {
    join: (place, entry, run) =>
      new Promise((resolve, reject) => {
        const known: Class = classes.get(place.class) ?? {
          waiting: [],
          running: 0,
          slow: 0,
          subjects: new Map(),
          most: place.most ?? MOST,
          atOnce: place.oneAtATime ? 1 : atOnce,
        };
        classes.set(place.class, known);
        known.waiting.push({
          subject: place.subject,
          kin: place.kin,
          entry,
          run: run as Waiting['run'],
          resolve: resolve as Waiting['resolve'],
          reject,
        });
        // What comes in one turn of the event loop goes together.
        queueMicrotask(() => void start(place.class));
      }),
    apart,
    isApart: (subject) => subjectsApart.has(subject),
  };
}
