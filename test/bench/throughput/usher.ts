import { Pool } from 'undici';
import { startSystem } from '../../support/system.ts';
import type { Contestant } from './contestant.ts';
import { brokenBy } from './broken-by.ts';
import type { Workload } from './workload.ts';

/** Clients that wait for their answer before they send again. */
const CONNECTIONS = 32;

/** Usher itself: one API and one worker, asked over HTTP, answered 202 once the job is committed. */
export function usher(backend: 'redis' | 'postgres'): Contestant {
  return {
    name: `usher-${backend}`,
    about: `1 API and 1 worker process, ${CONNECTIONS} HTTP connections, LOG_LEVEL=warn`,
    share: 'whole',
    async start({ databaseUrl, redisUrl, onLine }) {
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
    },
  };
}

async function submit(client: Pool, workload: Workload): Promise<string[]> {
  const headers = {
    'x-api-key': workload.apiKey,
    'content-type': 'application/json',
    prefer: 'respond-async',
  };
  const bodies = workload.invitations.map(({ email }) =>
    JSON.stringify({ invite_method: 'direct', email, website_ids: workload.websiteIds }),
  );
  const jobIds: string[] = [];
  let next = 0;
  const sendInTurn = async () => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const answer = await client.request({
        method: 'POST',
        path: '/api/v1/invites/bulk',
        headers,
        body,
      });
      if (answer.statusCode !== 202) {
        throw new Error(`answered ${answer.statusCode}: ${await answer.body.text()}`);
      }
      await answer.body.dump();
      jobIds.push(String(answer.headers.location).split('/').at(-1) ?? '');
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, sendInTurn));
  return jobIds;
}
