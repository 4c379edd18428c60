import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { PreparingClient } from './prepared.ts';
import type { Database } from './tables.ts';

// Numbers beside our uuids and counts stay far below 2^53: read int8 as a number.
const INT8 = 20;
const INT4_ARRAY = 1007;
const UUID_ARRAY = 2951;
const CONNECTION_LIFE_S = 600;

export interface DatabaseOptions {
  url: string;
  /** Shown in pg_stat_activity. */
  application: string;
  poolSize?: number;
  /** Milliseconds; 0 for none. */
  statementTimeoutMs?: number;
  lockTimeoutMs?: number;
  onIdleError?: (error: Error) => void;
}

/** Of one dimension, without nulls and quotes: the general way reads each character by itself. */
const PLAIN_ARRAY = /^\{[^{"N]*\}$/;

const arrayOf =
  <T>(oid: number, element: (text: string) => T) =>
  (text: string): unknown => {
    if (!PLAIN_ARRAY.test(text)) return pg.types.getTypeParser(oid)(text);
    return text === '{}' ? [] : text.slice(1, -1).split(',').map(element);
  };

const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  [INT8]: Number,
  [INT4_ARRAY]: arrayOf(INT4_ARRAY, Number),
  [UUID_ARRAY]: arrayOf(UUID_ARRAY, (text) => text),
};

/** Connection settings shared by the pool and by connections held for LISTEN or a lock. */
export function connectionConfig(options: DatabaseOptions): pg.ClientConfig {
  return {
    connectionString: withSettings(options.url),
    application_name: options.application,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    statement_timeout: options.statementTimeoutMs ?? 10_000,
    lock_timeout: options.lockTimeoutMs ?? 8_000,
    idle_in_transaction_session_timeout: 15_000,
    types: {
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        PARSERS[oid] ??
        pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
    },
  };
}

/** Memoizing tempts to read by half a key what is then filtered by the other half. */
const NOT_PLANNED = ['seqscan', 'bitmapscan', 'memoize'];

/**
 * Everything here is found by a key, but Postgres keeps the plans of foreign keys and of prepared
 * statements: one made while a table was empty would read all of it ever after, until it is analyzed.
 */
function withSettings(address: string): string {
  const url = new URL(address);
  const given = url.searchParams.get('options');
  url.searchParams.set(
    'options',
    [...NOT_PLANNED.map((way) => `-c enable_${way}=off`), given].filter(Boolean).join(' '),
  );
  return url.href;
}

/**
 * A Kysely over a pool of its own. Every connection carries the three timeouts, so that no lock and
 * no transaction outlives a process that hangs; a query unanswered for 15 s is given up on this side.
 */
export function createDatabase(options: DatabaseOptions): Kysely<Database> {
  const pool = new pg.Pool({
    ...connectionConfig(options),
    // Also the wait for a free one: a burst on a busy machine had better wait than be refused.
    connectionTimeoutMillis: 10_000,
    Client: PreparingClient,
    max: options.poolSize ?? 10,
    // A plan that was made when tables were small is not kept for ever.
    maxLifetimeSeconds: CONNECTION_LIFE_S,
    ...(options.statementTimeoutMs === 0 ? {} : { query_timeout: 15_000 }),
  });
  keepErrorsFromThrowing(pool, (error) => options.onIdleError?.(error));
  endSilentConnections(pool);
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

/**
 * A connection that breaks must not end the process. The pool listens only to its idle ones; one that
 * breaks between two statements of a transaction would otherwise throw where nobody can catch it. Its
 * next statement fails anyway.
 */
function keepErrorsFromThrowing(pool: pg.Pool, report: (error: Error) => void): void {
  pool.on('error', report);
  pool.on('connect', (client) => client.on('error', report));
}

/** A query given up on leaves its connection waiting for an answer: nobody else may wait behind it. */
function endSilentConnections(pool: pg.Pool): void {
  pool.on('release', (_, client) => {
    if ('readyForQuery' in client && client.readyForQuery === false) void client.end();
  });
}
