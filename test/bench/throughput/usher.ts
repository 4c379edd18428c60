import { Pool } from 'undici';
import { startSystem } from '../../support/system.ts';
import { CONNECTIONS, submitJobs } from '../support/submit-jobs.ts';
import type { Contestant, Place, Running } from './contestant.ts';
import { brokenBy } from './broken-by.ts';
import type { Size, Workload } from './workload.ts';

/** As many as one job takes. */
const LARGE_JOB = 10_000;

/** Usher itself: one API and one worker, asked over HTTP, answered 202 once the job is committed. */
export function usher(backend: 'redis' | 'postgres'): Contestant {
  return {
    name: `usher-${backend}`,
    about: `1 API and 1 worker process, ${CONNECTIONS} HTTP connections, LOG_LEVEL=warn`,
    share: 'whole',
    start: (place) => startUsher(backend, place, allAtOnce),
  };
}

/** The same Usher, asked for as many targets in as few jobs as may be, one after the other. */
export function usherOneLargeJob(backend: 'redis' | 'postgres'): Contestant {
  return {
    name: `one job of 10,000, usher-${backend}`,
    about: `as usher-${backend}, but each job has 10,000 targets (one person, 10,000 websites), and the next is submitted when it is finished`,
    share: 'whole',
    beside: `usher-${backend}`,
    shape: inLargeJobs,
    start: (place) => startUsher(backend, place, oneAfterTheOther),
  };
}

/** As many targets, of one job or of several equal ones. */
function inLargeJobs({ submissions, websites }: Size): Size {
  const targets = submissions * websites;
  const jobs = Math.ceil(targets / LARGE_JOB);
  return { submissions: jobs, websites: Math.ceil(targets / jobs) };
}

async function startUsher(
  backend: 'redis' | 'postgres',
  { databaseUrl, redisUrl, onLine }: Place,
  submit: (client: Pool, workload: Workload) => Promise<string[]>,
): Promise<Running> {
  const system = await startSystem({
    database: { url: databaseUrl, drop: async () => {} },
    websites: 1,
    // A line for each attempt is a choice of the operator; what goes wrong is logged all the same.
    environment: { LOG_LEVEL: 'warn' },
    ...(backend === 'redis' && { queueUrl: redisUrl }),
    ...(onLine && { onLine }),
  });
  const [api, worker] = [system.apis[0], system.workers[0]];
  if (!api || !worker) throw new Error('the system started without an API or a worker');
  const client = new Pool(api.url, { connections: CONNECTIONS, pipelining: 1 });
  return {
    processes: { api: api.pid, worker: worker.pid },
    broken: brokenBy([api, worker]),
    // Everything that a request needs comes with it.
    prepare: async () => {},
    submit: (workload) => submit(client, workload),
    async stop() {
      await client.close();
      await system.close();
    },
  };
}

function allAtOnce(client: Pool, { apiKey: key, invitations, websiteIds }: Workload) {
  const requests = invitations.map(({ email }) => ({
    path: '/api/v1/invites/bulk',
    key,
    body: JSON.stringify({ invite_method: 'direct', email, website_ids: websiteIds }),
  }));
  return submitJobs(client, requests);
}

function oneAfterTheOther(client: Pool, { apiKey: key, invitations, websiteIds }: Workload) {
  const asked = { kind: 'bulk-invite', invite_method: 'direct', website_ids: websiteIds };
  const requests = invitations.map(({ email }) => ({
    path: '/api/v1/jobs',
    key,
    body: JSON.stringify({ ...asked, email }),
    prefer: 'wait=50',
  }));
  return submitJobs(client, requests, 1);
}
