import {
  assertSchema,
  SCHEMA_VERSION,
  SchemaOutdatedError,
  type Database,
  type DatabaseFacts,
} from '@usher/db';
import type { Kysely } from 'kysely';
import { ok, problem, warning, type Check } from './check.ts';

const OLDEST = 14;
const SKEW_PROBLEM_MS = 2_000;
const SKEW_WARNING_MS = 500;

/** What an API and a worker open at most, and the queue of a worker where it is Postgres too. */
const API_CONNECTIONS = 22;
const WORKER_CONNECTIONS = 22;
const QUEUE_CONNECTIONS = 24;
const NEARLY = 0.8;

/**
 * What of this Postgres is not as it should be.
 * @param queueInIt whether messages travel through it too.
 * @param workers how many there are.
 */
export const judgePostgres = (
  facts: DatabaseFacts,
  queueInIt: boolean,
  workers: number,
): Check[] => [
  checkVersion(facts),
  ...checkDurability(facts),
  checkClock(facts),
  checkConnections(facts, queueInIt, workers),
];

/** Whether the schema is this build's. */
export async function checkSchema(db: Kysely<Database>): Promise<Check> {
  try {
    await assertSchema(db);
    return ok('schema', `at ${SCHEMA_VERSION}, the newest`);
  } catch (error) {
    if (!(error instanceof SchemaOutdatedError)) throw error;
    return problem('schema', error.message.replace(/ Run `.*$/, ''), 'Run `usher migrate`');
  }
}

function checkVersion({ version, major, readOnly }: DatabaseFacts): Check {
  if (major < OLDEST) {
    return problem('postgres', `version ${version}`, `Postgres ${OLDEST} or newer is needed`);
  }
  if (readOnly) {
    const advice = 'Let DATABASE_URL name the primary';
    return problem('postgres', `version ${version}, and it refuses writes`, advice);
  }
  return ok('postgres', `answers, version ${version}`);
}

function checkDurability({ settings }: DatabaseFacts): Check[] {
  const checks: Check[] = [];
  if (settings.fsync === 'off') {
    checks.push(
      problem('durability', 'fsync is off: a crash may destroy everything', 'Set fsync = on'),
    );
  }
  if (settings.synchronous_commit === 'off') {
    const found = 'synchronous_commit is off: a crash loses what was acknowledged';
    checks.push(problem('durability', found, 'Set synchronous_commit = on'));
  }
  if (settings.full_page_writes === 'off') {
    const advice = 'Set full_page_writes = on, unless the file system never tears a page';
    checks.push(warning('durability', 'full_page_writes is off', advice));
  }
  if (checks.length === 0) checks.push(ok('durability', 'what is committed is on disk'));
  checks.push(
    settings.autovacuum === 'off'
      ? problem(
          'autovacuum',
          'it is off: tables of tasks grow for ever, and become slow',
          'Set autovacuum = on and track_counts = on',
        )
      : ok('autovacuum', 'on'),
  );
  return checks;
}

function checkClock({ clockAheadMs, clockErrorMs }: DatabaseFacts): Check {
  // What the way took may be half of the difference.
  const skew = Math.max(0, Math.abs(clockAheadMs) - clockErrorMs);
  const found = `Postgres' clock is ${Math.abs(clockAheadMs)} ms ${clockAheadMs < 0 ? 'behind' : 'ahead of'} this machine's`;
  const advice = 'Keep the clocks of both machines by NTP';
  if (skew > SKEW_PROBLEM_MS) return problem('clock', found, advice);
  return skew > SKEW_WARNING_MS ? warning('clock', found, advice) : ok('clock', found);
}

function checkConnections(
  { maxConnections, connections }: DatabaseFacts,
  queueInIt: boolean,
  workers: number,
): Check {
  const each = WORKER_CONNECTIONS + (queueInIt ? QUEUE_CONNECTIONS : 0);
  const many = Math.max(1, workers);
  const needed = API_CONNECTIONS + many * each;
  const found = `${connections} of ${maxConnections} are open; an API and ${many} worker${many === 1 ? '' : 's'} take up to ${needed}`;
  const advice = `Raise max_connections: ${API_CONNECTIONS} for each API, ${each} for each worker, and room for others`;
  if (needed > maxConnections) return problem('connections', found, advice);
  return needed > maxConnections * NEARLY
    ? warning('connections', found, advice)
    : ok('connections', found);
}
