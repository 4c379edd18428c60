import { Client } from 'pg';
import { Pool } from 'undici';
import type { System, Tenant } from '../../support/system.ts';
import { CONNECTIONS, submitJobs } from '../support/submit-jobs.ts';

/** Targets of each job: a direct invitation of one person to every website of an organization. */
export const JOB_TARGETS = 50;
/** The longest waiting jobs, at which one look looks by primary key: what waits behind them costs it nothing. */
const LOOKED_AT = 256;

/** Jobs of many organizations that wait, or are being worked off. */
export interface Backlog {
  /** Submit so many more over HTTP, for every organization in turn. */
  add(jobs: number): Promise<void>;
  /** Look at the longest waiting. @returns how many were finished since the last look. */
  countFinished(): Promise<number>;
  close(): Promise<void>;
}

/** @param system whose first API takes the jobs; another on the same port may take its place. */
export async function createBacklog(system: System, organizations: number): Promise<Backlog> {
  const tenants: Tenant[] = [];
  for (let n = 0; n < organizations; n += 1) tenants.push(await system.createTenant(JOB_TARGETS));
  const client = new Pool(system.apis[0]?.url ?? '', { connections: CONNECTIONS, pipelining: 1 });
  const observer = new Client({ connectionString: system.databaseUrl });
  await observer.connect();
  let people = 0;
  let waiting: string[] = [];

  function plan() {
    people += 1;
    const { key, websiteIds } = tenants[people % tenants.length] as Tenant;
    const email = `person-${people}@example.com`;
    const body = JSON.stringify({ invite_method: 'direct', email, website_ids: websiteIds });
    return { path: '/api/v1/invites/bulk', key, body };
  }

  return {
    async add(jobs) {
      const ids = await submitJobs(client, Array.from({ length: jobs }, plan));
      waiting.push(...ids);
    },
    async countFinished() {
      const longest = waiting.slice(0, LOOKED_AT);
      const { rows } = await observer.query<{ id: string }>({
        name: 'which-are-finished',
        text: 'select id from jobs where id = any ($1::uuid[]) and finished_at is not null',
        values: [longest],
      });
      const finished = new Set(rows.map((row) => row.id));
      const open = longest.filter((id) => !finished.has(id));
      waiting.splice(0, longest.length, ...open);
      return finished.size;
    },
    async close() {
      await client.close();
      await observer.end();
    },
  };
}
