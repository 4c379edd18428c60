import { execFileSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { readEvents } from '../support/event-stream.ts';
import { startSystem, type Part, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

const WATCHERS = 5_000;
const MEGABYTES = 300;
const AT_ONCE = 100;
const INPUT = { target: 'website', method: 'direct', email: 'idle@example.com', role: 'viewer' };

test(`${WATCHERS} watchers of ${WATCHERS} jobs fit into ${MEGABYTES} MB of one API, which goes on serving`, async () => {
  const system = await startSystem({ workers: 0, websites: 1 });
  onTestFinished(() => system.close());
  const [api] = system.apis as [Part];
  const jobIds = await idleJobs(system, WATCHERS);
  const before = megabytesOf(api);
  const watchers: Watcher[] = [];
  onTestFinished(() => watchers.forEach(({ socket }) => socket.destroy()));
  for (let at = 0; at < WATCHERS; at += AT_ONCE) {
    const opened = jobIds.slice(at, at + AT_ONCE).map((jobId) => watch(system, api, jobId));
    watchers.push(...opened);
    await waitFor('each has heard of its job', () =>
      opened.every((each) => each.heard('event: progress')),
    );
  }
  const opened = megabytesOf(api);
  await waitFor('every heart has beaten twice', () =>
    watchers.every((each) => each.count(': heartbeat') >= 2),
  );
  const after = megabytesOf(api);
  console.log(
    `one API: ${before} MB before, ${opened} MB with ${WATCHERS} streams just opened, ` +
      `${after} MB after two heartbeats`,
  );
  expect(Math.max(opened, after)).toBeLessThan(MEGABYTES);
  expect(watchers.every((each) => !each.socket.destroyed)).toBe(true);

  // None of them is forgotten, and nobody else waits for them.
  await sql`update jobs set remaining = 0, canceled = 1, finished_at = now()`.execute(system.db);
  await waitFor('each has heard the end', () =>
    watchers.every((each) => each.heard('event: finished')),
  );
  const { key } = system.tenant;
  const events = await readEvents(`${api.url}/api/v1/jobs/${jobIds[0]}/events`, { key });
  expect(events.map(({ type }) => type)).toEqual(['finished']);
}, 240_000);

/** Jobs of one target that nobody works on. */
async function idleJobs({ db, tenant }: System, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId());
  await sql`insert into jobs (id, org_id, kind, input, target_ids, total, remaining)
    select id, ${tenant.id}, 'bulk-invite', ${JSON.stringify(INPUT)}::jsonb, array[${tenant.websiteIds[0]}::uuid], 1, 1
    from unnest(${ids}::uuid[]) as id`.execute(db);
  return ids;
}

interface Watcher {
  socket: Socket;
  heard(word: string): boolean;
  count(word: string): number;
}

/** On a bare socket: five thousand HTTP clients would need more than what is measured. */
function watch({ tenant }: System, api: Part, jobId: string): Watcher {
  const { hostname, port, host } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  socket.write(
    `GET /api/v1/jobs/${jobId}/events HTTP/1.1\r\nhost: ${host}\r\nx-api-key: ${tenant.key}\r\n\r\n`,
  );
  return {
    socket,
    heard: (word) => text.includes(word),
    count: (word) => text.split(word).length - 1,
  };
}

/** The resident memory of a process. */
const megabytesOf = ({ pid }: Part): number =>
  Math.round(Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]).toString()) / 1_024);
