import { prepared, type Database } from '@usher/db';
import { sql, type RawBuilder, type Transaction } from 'kysely';
import type { TargetResult } from './kind.ts';

/**
 * What became of the targets of some batches, as SQL: common table expressions, of which the last is
 * `result (number int, position int, target_id uuid, status text, code text, message text,
 * retryable bool, detail jsonb)`, with a row for each target; `number` is that of its batch, from 1.
 * The statement that writes results down can make them too, and they never travel.
 */
export type ResultRows = RawBuilder<unknown>;

/** Results that this process knows, of each batch. */
export function rowsOf(batches: ReadonlyArray<readonly TargetResult[]>): ResultRows {
  // Most targets end alike: what they share travels once.
  const shared = batches.flatMap((results) => [...Map.groupBy(results, sharedBy).values()]);
  const of = <T>(read: (result: TargetResult) => T) =>
    shared.map((group) => read(group[0] as TargetResult));
  const ending = new Map(shared.flatMap((group, at) => group.map((result) => [result, at + 1])));
  const each = batches.flatMap((results, at) => results.map((result) => ({ result, at })));
  return sql`
    ended as (
      select status, code, message, retryable, detail, ending
      from unnest(
        ${of((result) => result.status)}::text[],
        ${of((result) => result.code)}::text[],
        ${of((result) => result.message)}::text[],
        ${of((result) => result.retryable ?? false)}::bool[],
        ${of((result) => (result.detail ? JSON.stringify(result.detail) : null))}::jsonb[]
      ) with ordinality as ended (status, code, message, retryable, detail, ending)
    ), result as (
      select number, position, target_id, status, code, message, retryable, detail
      from unnest(
        ${each.map(({ at }) => at + 1)}::int[],
        ${each.map(({ result }) => result.position)}::int[],
        ${each.map(({ result }) => result.targetId)}::uuid[],
        ${each.map(({ result }) => ending.get(result))}::int[]
      ) as target (number, position, target_id, ending)
      join ended using (ending)
    )`;
}

/** Do what the rows say, for one batch, and read them. */
export async function readResults(
  trx: Transaction<Database>,
  results: ResultRows,
): Promise<TargetResult[]> {
  const { rows } = await sql<
    Omit<TargetResult, 'detail'> & { detail: TargetResult['detail'] | null }
  >`
    ${prepared} with ${results}
    select position, target_id as "targetId", status, code, message, retryable, detail
    from result`.execute(trx);
  return rows.map(({ detail, ...row }) => (detail === null ? row : { ...row, detail }));
}

const sharedBy = ({ status, code, message, retryable, detail }: TargetResult) =>
  JSON.stringify([status, code, message, retryable, detail]);
