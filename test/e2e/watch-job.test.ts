import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { openEvents, type StreamEvent } from '../support/event-stream.ts';
import { startSystem, type Part, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

const TARGETS = 2_000;
/** Milliseconds that each target takes: so long, that there is time to kill in between. */
const TARGET_MS = 10;

interface Follower {
  events: StreamEvent[];
  /** How often it had to come back. */
  returns: number;
  /** Resolves when it was told the end. */
  ended: Promise<void>;
}

/** A client as any is: it goes on after the last event that it knows, at whichever API there is. */
function follow(system: System, path: string, from: number): Follower {
  const { key } = system.tenant;
  const events: StreamEvent[] = [];
  const follower: Follower = { events, returns: -1, ended: Promise.resolve() };
  const tries: Error[] = [];
  const once = async () => {
    const { apis } = system;
    const api = apis[(from + tries.length) % apis.length] as Part;
    const lastEventId = events.at(-1)?.id;
    const stream = await openEvents(api.url + path, { key, lastEventId });
    if (stream.status !== 200) throw new Error(`${stream.status}`);
    follower.returns += 1;
    for await (const event of stream.events) if (event.type !== '') events.push(event);
  };
  follower.ended = (async () => {
    const whole = async () => {
      await once().catch((error: Error) => tries.push(error));
      return events.at(-1)?.type === 'finished';
    };
    await waitFor('the stream came to its end', whole, 180_000);
  })();
  return follower;
}

test('a stream says what the outcomes table says, line by line, though workers and APIs died on the way', async () => {
  const system = await startSystem({ apis: 2, workers: 2, websites: TARGETS });
  onTestFinished(() => system.close());
  await sql`create function dawdle() returns trigger language plpgsql as
    ${sql.lit(`begin perform pg_sleep(${TARGET_MS / 1_000}); return new; end`)}`.execute(system.db);
  await sql`create trigger dawdle before insert on website_members
    for each row execute function dawdle()`.execute(system.db);
  const { body } = await system.call('POST', '/api/v1/jobs', {
    body: {
      kind: 'bulk-invite',
      invite_method: 'direct',
      email: 'followed@example.com',
      website_ids: system.tenant.websiteIds,
    },
  });
  const { id, links } = body.job;
  const followers = [0, 1, 0, 1].map((from) => follow(system, links.events, from));
  const told = () => Math.min(...followers.map(({ events }) => events.length));

  const [firstApi, secondApi] = system.apis as [Part, Part];
  const [firstWorker, secondWorker] = system.workers as [Part, Part];
  await waitFor('some targets are told', () => told() > 100);
  process.kill(firstWorker.pid, 'SIGKILL');
  process.kill(firstApi.pid, 'SIGKILL');
  await Promise.all([firstWorker.exited, firstApi.exited]);
  await system.startWorker();
  await waitFor('more targets are told', () => told() > 800);
  process.kill(secondWorker.pid, 'SIGKILL');
  // The other one goes as an operator restarts it: for a while there is none.
  await Promise.all([secondApi.stop(30_000), system.startApi()]);
  await Promise.all(followers.map(({ ended }) => ended));

  const outcomes = await system.db
    .selectFrom('outcomes')
    .selectAll()
    .where('job_id', '=', id)
    .orderBy('position')
    .execute();
  expect(outcomes).toHaveLength(TARGETS);
  const rows = outcomes.map((outcome) => ({
    round: 1,
    position: outcome.position,
    website_id: outcome.target_id,
    email: 'followed@example.com',
    status: outcome.status,
    code: outcome.code,
    message: outcome.message,
    attempts: outcome.attempts,
    retryable: outcome.retryable,
    updated_at: outcome.recorded_at.toISOString(),
  }));
  for (const { events, returns } of followers) {
    expect(returns).toBeGreaterThan(0);
    const targets = events.filter(({ type }) => type === 'target').map(({ data }) => data);
    // Each once, over all connections.
    expect(targets.toSorted((a, b) => a.position - b.position)).toEqual(rows);
    let seen = 0;
    let done = 0;
    for (const { type, data } of events) {
      if (type === 'target') seen += 1;
      else {
        const { succeeded, failed, canceled } = data.job.counts;
        expect(succeeded + failed + canceled).toBeGreaterThanOrEqual(done);
        done = succeeded + failed + canceled;
        expect(done).toBe(seen);
      }
    }
    expect(events.filter(({ type }) => type === 'finished')).toHaveLength(1);
    expect(events.at(-1)?.data.job).toMatchObject({
      state: 'succeeded',
      counts: { succeeded: TARGETS },
    });
  }
}, 240_000);
