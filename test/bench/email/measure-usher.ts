import { Client } from 'pg';
import { Pool } from 'undici';
import type { TestDatabase } from '../../support/database.ts';
import type { TestRedis } from '../../support/redis.ts';
import { startSystem } from '../../support/system.ts';
import { waitFor } from '../../support/wait-for.ts';
import { cpuSecondsOf } from '../support/processes.ts';
import { createWorkload, type Workload } from '../throughput/workload.ts';
import { startMailSink } from './start-mail-sink.ts';
import { verifyEmails } from './verify-emails.ts';

/** Where things are measured. */
export interface EmailVenue {
  createDatabase(): Promise<TestDatabase>;
  /** Undefined where its CPU time is not asked for. */
  postgresPid?: number;
  redis: TestRedis;
  /** Lines that the processes write. */
  onLine?: (line: string) => void;
}

export interface EmailSize {
  submissions: number;
  websites: number;
  /** Submissions before. */
  warmUp: number;
}

export interface EmailRate {
  submissions: number;
  seconds: number;
  /** Of CPU, by kind of process; `worker` is the bare loop, too. */
  cpuSeconds: Record<string, number>;
}

export type Backend = 'redis' | 'postgres';

/** Clients that wait for their answer before they send again. */
const CONNECTIONS = 32;
const PATIENCE_MS = 120_000;

/**
 * Usher in email mode, end to end: from the first request until every email is accepted and recorded.
 * @throws when a row is missing, or an email, or when there is one too many.
 */
export async function measureUsher(
  venue: EmailVenue,
  backend: Backend,
  size: EmailSize,
): Promise<EmailRate> {
  if (backend === 'redis') await venue.redis.command('FLUSHALL');
  const sink = await startMailSink();
  const database = await venue.createDatabase();
  const system = await startSystem({
    database,
    websites: 1,
    environment: { SMTP_URL: sink.url, LOG_LEVEL: 'warn' },
    ...(backend === 'redis' && { queueUrl: venue.redis.url }),
    ...(venue.onLine && { onLine: venue.onLine }),
  });
  const [api, worker] = [system.apis[0], system.workers[0]];
  const observer = new Client({ connectionString: database.url });
  const client = new Pool(api?.url ?? '', { connections: CONNECTIONS, pipelining: 1 });
  try {
    await observer.connect();
    const run = async (submissions: number) => {
      await sink.reset();
      const workload = await createWorkload(database.url, { ...size, submissions });
      const before = cpuSeconds(pids);
      const began = performance.now();
      await submit(client, workload);
      await waitFor('every email is sent', () => areSent(observer, workload), PATIENCE_MS);
      const seconds = (performance.now() - began) / 1_000;
      const after = cpuSeconds(pids);
      await verifyEmails(observer, sink, workload, { ...size, submissions, extra: 0 });
      const used = Object.entries(after).map(([kind, now]) => [kind, now - (before[kind] ?? 0)]);
      return { submissions, seconds, cpuSeconds: Object.fromEntries(used) };
    };
    const pids = {
      api: api?.pid,
      worker: worker?.pid,
      postgres: venue.postgresPid,
      redis: backend === 'redis' ? venue.redis.pid() : undefined,
      sink: sink.pid,
    };
    await run(size.warmUp);
    await observer.query('vacuum (analyze)');
    await observer.query('checkpoint');
    return await run(size.submissions);
  } finally {
    await client.close();
    await observer.end();
    await system.close();
    await sink.stop();
  }
}

/** 202 to each: the job is committed, and nobody waits for it. */
async function submit(client: Pool, { apiKey, websiteIds, invitations }: Workload): Promise<void> {
  const headers = {
    'x-api-key': apiKey,
    'content-type': 'application/json',
    prefer: 'respond-async',
  };
  const bodies = invitations.map(({ email }) =>
    JSON.stringify({ invite_method: 'email', email, website_ids: websiteIds }),
  );
  let next = 0;
  const inTurn = async () => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const request = { method: 'POST', path: '/api/v1/invites/bulk', headers, body } as const;
      const answer = await client.request(request);
      const text = await answer.body.text();
      if (answer.statusCode !== 202) throw new Error(`answered ${answer.statusCode}: ${text}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, inTurn));
}

async function areSent(observer: Client, { orgId, invitations }: Workload): Promise<boolean> {
  const { rows } = await observer.query<{ sent: number }>(
    "select count(*)::int as sent from sendings where org_id = $1 and state = 'sent'",
    [orgId],
  );
  return rows[0]?.sent === invitations.length;
}

function cpuSeconds(pids: Record<string, number | undefined>): Record<string, number> {
  const { user, system } = process.cpuUsage();
  const used: Record<string, number> = { client: (user + system) / 1e6 };
  for (const [kind, pid] of Object.entries(pids)) {
    const seconds = pid === undefined ? undefined : cpuSecondsOf(pid);
    if (seconds !== undefined) used[kind] = seconds;
  }
  return used;
}
