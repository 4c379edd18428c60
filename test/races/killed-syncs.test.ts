import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { settled } from '../support/settled.ts';
import { startSystem, type Part, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';
import { keepReplacing } from './keep-replacing.ts';
import { QUICK_START } from './quick-start.ts';

const GROUPS = 6;
const KILLS = 6;
const MEMBERS = 60;
/** Syncs that are accepted and not yet done, so that a kill meets some. */
const BACKLOG = 12;
const PATIENCE_MS = 240_000;

interface Sync {
  requestId: string;
  group: string;
  references: string[];
}

test('rosters synced while six workers are killed end as the last accepted ones, and each sync tells what it did', async () => {
  const system = await startSystem({ workers: 2, websites: 1, environment: QUICK_START });
  onTestFinished(() => system.close());
  const workers = keepReplacing(system);
  onTestFinished(() => workers.stop());
  // So long, that syncs are under way at every kill.
  await sql`create function dawdle() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.003); return new; end $$`.execute(system.db);
  await sql`create trigger dawdle before insert on roster_members for each row
    execute function dawdle()`.execute(system.db);
  const groups = await Promise.all(
    Array.from({ length: GROUPS }, (_, n) => aGroup(system, `Group ${n}`)),
  );

  const syncs: Sync[] = [];
  let asked = 0;
  const ask = async () => {
    asked += 1;
    syncs.push(await sync(system, groups[asked % GROUPS] as string, asked));
  };
  for (let kills = 0; kills < KILLS; kills += 1) {
    await waitFor(
      'syncs are under way',
      async () => {
        if ((await unfinished(system)) < BACKLOG) await Promise.all([ask(), ask(), ask()]);
        return workers.alive.size > 0 && (await running(system));
      },
      PATIENCE_MS,
    );
    const alive = [...workers.alive];
    const victim = alive[workers.ended % alive.length] as Part;
    process.kill(victim.pid, 'SIGKILL');
    await victim.exited;
  }
  await settled(system, PATIENCE_MS);

  let superseded = 0;
  for (const group of groups) {
    const told = await toldOf(system, syncs, group);
    const last = told.at(-1);
    expect(last?.code).toBe('synced');
    const roster = await rosterOf(system, group);
    expect(roster.map(({ reference_id }) => reference_id)).toEqual(last?.references.toSorted());
    expect(await membersOf(system, group)).toBe(roster.length);
    // What the syncs say that they did comes to the roster that there is.
    const there = new Set<string>();
    for (const { added, removed, code } of told) {
      if (code === 'superseded') superseded += 1;
      for (const id of removed) expect(there.delete(id), id).toBe(true);
      for (const id of added) there.add(id);
    }
    expect([...there].toSorted()).toEqual(roster.map(({ id }) => id).toSorted());
  }
  console.log(`${workers.ended} workers killed, ${syncs.length} syncs, ${superseded} superseded`);
}, 720_000);

const aGroup = async (system: System, name: string): Promise<string> =>
  (await connect(system, 'POST', '/groups', { name, external_reference_id: newId() })).data.id;

/** Some of so many people, other ones each time. */
async function sync(system: System, group: string, number: number): Promise<Sync> {
  const references = Array.from({ length: MEMBERS }, (_, n) => `member-${n}`).filter(
    (_, n) => (n * 7 + number * 3) % 5 !== 0,
  );
  const members = references.map((reference_id) => ({
    reference_id,
    first_name: 'Ann',
    last_name: 'Lee',
    email: `${reference_id}@syncs.example`,
  }));
  const { data } = await connect(system, 'POST', `/groups/${group}/members/sync`, { members });
  return { requestId: data.request_id, group, references };
}

async function connect(system: System, method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${system.tenant.key}` };
  const answer = await system.call(method, `/v1${path}`, { key: null, headers, body });
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}

const uuidOf = (id: string) =>
  Buffer.from(id.slice(id.indexOf('_') + 1), 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** What the group's syncs came to, as their clients read it, in the order in which they were accepted. */
async function toldOf(system: System, syncs: readonly Sync[], group: string) {
  const { rows } = await sql<{ job_id: string; code: string; version: number }>`
    select job_id, code, version from roster_syncs join outcomes using (job_id)
    where roster_syncs.group_id = ${uuidOf(group)} order by version`.execute(system.db);
  const mine = syncs.filter((each) => each.group === group);
  expect(rows).toHaveLength(mine.length);
  const told = [];
  for (const { job_id, code } of rows) {
    const asked = mine.find(({ requestId }) => uuidOf(requestId) === job_id);
    const path = `/groups/${group}/members/sync/${asked?.requestId}`;
    const { data } = await connect(system, 'GET', path);
    told.push({
      code,
      references: asked?.references ?? [],
      added: data.results.added_group_member_ids.map(uuidOf) as string[],
      removed: data.results.removed_group_member_ids.map(uuidOf) as string[],
    });
  }
  return told;
}

const rosterOf = ({ db }: System, group: string) =>
  db
    .selectFrom('roster_members')
    .select(['id', 'reference_id'])
    .where('group_id', '=', uuidOf(group))
    .orderBy('reference_id')
    .execute();

async function membersOf({ db }: System, group: string): Promise<number> {
  const members = await db
    .selectFrom('group_members')
    .select('user_id')
    .where('group_id', '=', uuidOf(group))
    .execute();
  return members.length;
}

async function unfinished({ db }: System): Promise<number> {
  const { rows } = await sql<{ jobs: number }>`
    select count(*) as jobs from jobs where finished_at is null`.execute(db);
  return rows[0]?.jobs ?? 0;
}

/** Whether a worker is in the middle of one. */
async function running({ db }: System): Promise<boolean> {
  const { rows } = await sql`
    select from pg_stat_activity
    where datname = current_database() and state = 'active' and wait_event = 'PgSleep'`.execute(db);
  return rows.length > 0;
}
