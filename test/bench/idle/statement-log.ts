import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { waitFor } from '../../support/wait-for.ts';

/** With these, Postgres writes down each statement that a client sends, and under which name. */
export const LOG_SETTINGS = {
  logging_collector: 'on',
  log_destination: 'jsonlog',
  log_statement: 'all',
  log_rotation_age: '0',
  log_rotation_size: '0',
};

/** A statement as a client sent it; what functions run inside does not count. */
export interface Statement {
  /** The `application_name` of its connection. */
  application: string;
  text: string;
}

interface Entry {
  application_name?: string;
  message?: string;
}

/**
 * Every statement that was sent while `work` was going on, by anybody but the observer.
 * @param observer a superuser's connection to a server that runs with `LOG_SETTINGS`.
 */
export async function logStatements(
  observer: Client,
  work: () => Promise<unknown>,
): Promise<Statement[]> {
  const { rows } = await observer.query<{ path: string; size: string; observer: string }>(
    `select path, size, current_setting('application_name') as observer
    from pg_current_logfile('jsonlog') as path, pg_stat_file(path)`,
  );
  const [log] = rows;
  if (!log) throw new Error('this Postgres does not write its log as JSON');
  const [first, last] = [randomUUID(), randomUUID()];
  await observer.query(`select '${first}'`);
  await work();
  await observer.query(`select '${last}'`);
  const lines = await waitFor('the log tells of the last statement', async () => {
    const read = await observer.query<{ text: string }>(
      'select pg_read_file($1, $2::bigint, 1000000000) as text',
      [log.path, log.size],
    );
    const all = (read.rows[0]?.text ?? '').split('\n');
    const [from, to] = [first, last].map((mark) => all.findIndex((line) => line.includes(mark)));
    return to !== undefined && to >= 0 && all.slice((from ?? 0) + 1, to);
  });
  return lines
    .map((line) => JSON.parse(line) as Entry)
    .flatMap((entry) => {
      const text = /^(?:statement|execute [^:]+): (.*)$/s.exec(entry.message ?? '')?.[1];
      if (text === undefined || entry.application_name === log.observer) return [];
      return [{ application: entry.application_name ?? '', text }];
    });
}
