import type { Database } from '@usher/db';
import { DISPATCH_CHANNEL } from '@usher/jobs';
import { sql, type Kysely } from 'kysely';
import type { System, Tenant } from '../../support/system.ts';

/** Far enough ahead that nothing of a reserve falls due by itself. */
const DAY_MS = 24 * 3_600_000;

export interface Flood {
  /** Targets of each of its jobs: one for every website of the tenant. */
  jobTargets: number;
  /** Submit jobs over HTTP, at least so many targets in all, that are not due yet. */
  reserve(targets: number): Promise<void>;
  /** Make due, all at once, jobs with at least so many targets; submits what is not in reserve. */
  release(targets: number): Promise<void>;
  /** Targets that are due and unfinished. */
  waiting(): Promise<number>;
  /** Targets that are finished. */
  done(): Promise<number>;
  /** Take away what is due and unfinished. */
  end(): Promise<void>;
}

/** What fell due by our hand is looked for at once, not at the next sweep. */
export async function wakeDispatcher(db: Kysely<Database>): Promise<void> {
  await sql`select pg_notify(${DISPATCH_CHANNEL}, 'bulk')`.execute(db);
}

let people = 0;

/** An organization's many targets, submitted in advance and released when they shall be waiting. */
export function createFlood(system: System, tenant: Tenant): Flood {
  const { db } = system;
  const held: string[] = [];

  const jobTargets = tenant.websiteIds.length;
  const jobsFor = (targets: number) => Math.ceil(targets / jobTargets);

  async function reserve(targets: number): Promise<void> {
    for (let n = jobsFor(targets); n > 0; n -= 1) {
      people += 1;
      const { status, body } = await system.call('POST', '/api/v1/jobs', {
        key: tenant.key,
        body: {
          kind: 'bulk-invite',
          invite_method: 'direct',
          email: `flood-${people}@example.com`,
          website_ids: tenant.websiteIds,
          start_at: new Date(Date.now() + DAY_MS).toISOString(),
        },
      });
      if (status !== 202) throw new Error(`a flood was answered ${status}`);
      held.push(body.job.id);
    }
  }

  return {
    jobTargets,
    reserve,
    async release(targets) {
      await reserve(targets - held.length * jobTargets);
      const ids = held.splice(0, jobsFor(targets));
      await sql`update tasks set due_at = now() where job_id = any (${ids}::uuid[])`.execute(db);
      await wakeDispatcher(db);
    },
    async waiting() {
      const { rows } = await sql<{ targets: number }>`
        select coalesce(sum(cardinality(positions)), 0)::int as targets from tasks
        where org_id = ${tenant.id} and due_at <= now()`.execute(db);
      return rows[0]?.targets ?? 0;
    },
    async done() {
      const { rows } = await sql<{ targets: number }>`
        select coalesce(sum(total - remaining), 0)::int as targets from jobs
        where org_id = ${tenant.id}`.execute(db);
      return rows[0]?.targets ?? 0;
    },
    async end() {
      await sql`delete from tasks where org_id = ${tenant.id} and due_at <= now()`.execute(db);
    },
  };
}
