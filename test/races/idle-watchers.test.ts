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
const AT_ONCE = 50;
/** On a machine that is busy with other tests. */
const PATIENCE_MS = 180_000;
const INPUT = { target: 'website', method: 'direct', email: 'idle@example.com', role: 'viewer' };

test(`${WATCHERS} watchers of ${WATCHERS} jobs fit into ${MEGABYTES} MB of one API, which goes on serving`, async () => {
  const system = await startSystem({ workers: 0, websites: 1 });
  onTestFinished(() => system.close());
  const [api] = system.apis as [Part];
  const jobIds = await idleJobs(system, WATCHERS);
  const before = megabytesOf(api);
  const watchers: Watcher[] = [];
  onTestFinished(() => watchers.forEach((each) => each.leave()));
  for (let at = 0; at < WATCHERS; at += AT_ONCE) {
    const opened = jobIds.slice(at, at + AT_ONCE).map((jobId) => watch(system, api, jobId));
    watchers.push(...opened);
    await waitFor(
      'each has heard of its job',
      () => opened.every((each) => each.heard('event: progress')),
      PATIENCE_MS,
    );
  }
  const opened = megabytesOf(api);
  await waitFor(
    'every heart has beaten twice',
    () => watchers.every((each) => each.count(': heartbeat') >= 2),
    PATIENCE_MS,
  );
  const after = megabytesOf(api);
  console.log(
    `one API: ${before} MB before, ${opened} MB with ${WATCHERS} streams just opened, ` +
      `${after} MB after two heartbeats`,
  );
  expect(Math.max(opened, after)).toBeLessThan(MEGABYTES);
  expect(watchers.every((each) => each.isOpen())).toBe(true);

  // None of them is forgotten, and nobody else waits for them.
  await sql`update jobs set remaining = 0, canceled = 1, finished_at = now()`.execute(system.db);
  await waitFor(
    'each has heard the end',
    () => watchers.every((each) => each.heard('event: finished')),
    PATIENCE_MS,
  );
  const { key } = system.tenant;
  const events = await readEvents(`${api.url}/api/v1/jobs/${jobIds[0]}/events`, { key });
  expect(events.map(({ type }) => type)).toEqual(['finished']);
}, 600_000);

/** Jobs of one target that nobody works on. */
async function idleJobs({ db, tenant }: System, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId());
  await sql`insert into jobs (id, org_id, kind, input, target_ids, total, remaining)
    select id, ${tenant.id}, 'bulk-invite', ${JSON.stringify(INPUT)}::jsonb, array[${tenant.websiteIds[0]}::uuid], 1, 1
    from unnest(${ids}::uuid[]) as id`.execute(db);
  return ids;
}

const REFUSED = /^HTTP\/1\.1 503 [^]*?\r\nretry-after: (\d+)\r\n/;

interface Watcher {
  isOpen(): boolean;
  leave(): void;
  heard(word: string): boolean;
  count(word: string): number;
}

/**
 * On a bare socket: five thousand HTTP clients would need more than what is measured. Comes again where
 * it is told to (503), as any client does.
 */
function watch({ tenant }: System, api: Part, jobId: string): Watcher {
  const { hostname, port, host } = new URL(api.url);
  let text = '';
  let again: NodeJS.Timeout | undefined;
  const open = (): Socket => {
    text = '';
    const opened = connect(Number(port), hostname);
    opened.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      const [, seconds] = REFUSED.exec(text) ?? [];
      if (seconds === undefined || opened.destroyed) return;
      opened.destroy();
      again = setTimeout(() => (socket = open()), Number(seconds) * 1_000);
    });
    opened.write(
      `GET /api/v1/jobs/${jobId}/events HTTP/1.1\r\nhost: ${host}\r\nx-api-key: ${tenant.key}\r\n\r\n`,
    );
    return opened;
  };
  let socket = open();
  return {
    isOpen: () => !socket.destroyed,
    leave() {
      clearTimeout(again);
      socket.destroy();
    },
    heard: (word) => text.includes(word),
    count: (word) => text.split(word).length - 1,
  };
}

/** The resident memory of a process. */
const megabytesOf = ({ pid }: Part): number =>
  Math.round(Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]).toString()) / 1_024);
