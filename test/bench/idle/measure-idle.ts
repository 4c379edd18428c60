import { setTimeout as delay } from 'node:timers/promises';
import { LANES } from '@usher/queue';
import { Client } from 'pg';
import type { TestDatabase } from '../../support/database.ts';
import { startSystem } from '../../support/system.ts';
import { cpuSecondsOf } from '../support/processes.ts';
import { logStatements, type Statement } from './statement-log.ts';

export interface IdleVenue {
  database: TestDatabase;
  /** Of a server that runs with `LOG_SETTINGS`; undefined where its CPU time is not asked for. */
  postgresPid?: number | undefined;
  /** Where messages travel; undefined: the database. */
  redis?: { url: string; pid(): number } | undefined;
  onLine?: (line: string) => void;
}

export interface IdleSize {
  settleSeconds: number;
  seconds: number;
}

/** What one process does while nobody asks anything of it. */
export interface Idleness {
  /** Of one core; undefined where the system does not tell. */
  cpuShare: number | undefined;
  /** Undefined for the servers, which send none. */
  statementsPerSecond: number | undefined;
}

export interface IdleMeasurement {
  processes: Record<string, Idleness>;
  /** Who sent what how often, the most frequent first. */
  statements: Array<Statement & { process: string; perSecond: number }>;
}

/** By the beginning of the name that a connection bears; BullMQ names some after the queue. */
const APPLICATIONS: Record<string, readonly string[]> = {
  api: ['usher-api', 'usher-progress-listener', 'usher-stream-listener'],
  worker: [
    'usher-worker',
    'usher-dispatcher-',
    'usher-dispatch-listener',
    'usher-queue',
    ...LANES.map((lane) => `usher-${lane}`),
  ],
};

/**
 * One API and one worker that have settled, and have nothing to do.
 * @throws when a statement came from a connection that belongs to neither.
 */
export async function measureIdle(venue: IdleVenue, size: IdleSize): Promise<IdleMeasurement> {
  const system = await startSystem({
    database: venue.database,
    environment: { LOG_LEVEL: 'warn' },
    ...(venue.redis && { queueUrl: venue.redis.url }),
    ...(venue.onLine && { onLine: venue.onLine }),
  });
  const observer = new Client({
    connectionString: venue.database.url,
    application_name: 'idle-observer',
  });
  try {
    await observer.connect();
    const pids = {
      api: system.apis[0]?.pid,
      worker: system.workers[0]?.pid,
      postgres: venue.postgresPid,
      redis: venue.redis?.pid(),
    };
    await delay(size.settleSeconds * 1_000);
    const cpuShares: Record<string, number | undefined> = {};
    let seconds = 0;
    const sent = await logStatements(observer, async () => {
      const before = cpuSeconds(pids);
      const began = performance.now();
      await delay(size.seconds * 1_000);
      const after = cpuSeconds(pids);
      seconds = (performance.now() - began) / 1_000;
      for (const [kind, used] of Object.entries(after)) {
        cpuShares[kind] = (used - (before[kind] ?? 0)) / seconds;
      }
    });
    const counted = sent.map((each) => ({ ...each, process: processOf(each) }));
    const idleness = (kind: string): Idleness => ({
      cpuShare: cpuShares[kind],
      statementsPerSecond:
        kind in APPLICATIONS
          ? counted.filter(({ process }) => process === kind).length / seconds
          : undefined,
    });
    const kinds = [...Object.keys(APPLICATIONS), 'postgres', ...(venue.redis ? ['redis'] : [])];
    return {
      processes: Object.fromEntries(kinds.map((kind) => [kind, idleness(kind)])),
      statements: tally(counted, seconds),
    };
  } finally {
    await observer.end();
    await system.close();
  }
}

function processOf({ application, text }: Statement): string {
  for (const [process, names] of Object.entries(APPLICATIONS)) {
    if (names.some((name) => application.startsWith(name))) return process;
  }
  throw new Error(`"${application}" belongs to no process; it sent: ${text}`);
}

function tally(
  statements: ReadonlyArray<Statement & { process: string }>,
  seconds: number,
): IdleMeasurement['statements'] {
  const groups = Map.groupBy(statements, (each) =>
    [each.process, each.application, each.text].join('\n'),
  );
  return [...groups.values()]
    .flatMap((group) => (group[0] ? [{ ...group[0], perSecond: group.length / seconds }] : []))
    .toSorted((a, b) => b.perSecond - a.perSecond);
}

function cpuSeconds(pids: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(pids).flatMap(([kind, pid]) => {
      const seconds = pid === undefined ? undefined : cpuSecondsOf(pid);
      return seconds === undefined ? [] : [[kind, seconds]];
    }),
  );
}
