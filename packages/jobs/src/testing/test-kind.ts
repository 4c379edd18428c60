import type { Database } from '@usher/db';
import { sql, type Transaction } from 'kysely';
import type { DatabaseKind, Target } from '../kind.ts';
import { rowsOf } from '../result-rows.ts';

/** What happens when a target is run: it may throw, wait, or write more. */
export type Behaviour = (trx: Transaction<Database>, target: Target) => Promise<void> | void;

export interface TestKind extends DatabaseKind {
  /** Position → what happens at it, every time it is run. */
  behaviours: Map<number, Behaviour>;
  /** The positions of every run, whole or alone, in the order in which they began. */
  runs: number[][];
  /** How many jobs each shared run had. */
  groups: number[];
  /** How often `follow` was asked. */
  followed: number;
}

/**
 * A kind whose effect is a row per target in `effects`, a table without any constraint: a target that
 * is done twice is seen there twice.
 */
export function createTestKind(ownsRows = true): TestKind {
  const kind: TestKind = {
    effect: 'database',
    name: 'test',
    behaviours: new Map(),
    runs: [],
    groups: [],
    followed: 0,
    describe: () => ({ idField: 'website_id' }),
    ownsRows: () => ownsRows,
    accept: async () => undefined,
    async run(trx, { job, targets }) {
      kind.runs.push(targets.map((target) => target.position));
      await sql`insert into effects (job_id, target_id)
        select ${job.id}, unnest(${targets.map((target) => target.targetId)}::uuid[])`.execute(trx);
      for (const target of targets) await kind.behaviours.get(target.position)?.(trx, target);
      return targets.map((target) => ({
        ...target,
        status: 'succeeded',
        code: 'added',
        message: 'Done',
      }));
    },
    together: {
      placeOf: (job) => (ownsRows ? undefined : { class: 'test', subject: job.id }),
      async run(trx, batches) {
        kind.groups.push(batches.length);
        const results = [];
        for (const batch of batches) results.push(await kind.run(trx, batch));
        return rowsOf(results);
      },
    },
    explain: (constraint) =>
      constraint === 'known' ? { code: 'not_found', message: 'It is gone' } : undefined,
    async settle(trx, recorded) {
      const last = [];
      for (const { job, count } of recorded) {
        const { rows } = await sql<{ last: boolean }>`
          select remaining = ${count} as last from jobs where id = ${job.id} for update`.execute(
          trx,
        );
        last.push(rows[0]?.last ?? false);
      }
      return last;
    },
    reopen: async () => undefined,
    async follow() {
      kind.followed += 1;
      return [];
    },
  };
  return kind;
}

export const createEffectsTable = sql`
  create table effects (job_id uuid not null, target_id uuid not null)`;

/** Fail the statement, and so the transaction, with an error of Postgres' own making. */
export async function raise(
  trx: Transaction<Database>,
  code: string,
  constraint = 'unknown',
): Promise<void> {
  await sql`do ${sql.lit(`begin raise exception 'made to fail'
    using errcode = '${code}', constraint = '${constraint}'; end`)}`.execute(trx);
}
