import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findViolations } from '../support/checker.ts';
import { settled } from '../support/settled.ts';
import { startSystem, type System } from '../support/system.ts';
import { waitFor } from '../support/wait-for.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem({ apis: 2, workers: 2, websites: 20 });
});
afterAll(() => system.close());

const submit = (body: object, api = 0) =>
  system.call('POST', '/api/v1/invites/bulk', {
    body,
    headers: { prefer: 'respond-async' },
    api: system.apis[api] as (typeof system.apis)[0],
  });

const deadlocks = async () => {
  const { rows } = await sql<{ deadlocks: number }>`
    select deadlocks from pg_stat_database where datname = current_database()`.execute(system.db);
  return rows[0]?.deadlocks;
};

test('300 pairs of jobs that invite the same new address at once leave no job unfinished', async () => {
  const { websiteIds } = system.tenant;
  for (let pair = 0; pair < 300; pair += 20) {
    const pairs = Array.from({ length: 20 }, (_, n) => `pair-${pair + n}@example.com`);
    await Promise.all(
      pairs.flatMap((email) => [
        submit({ invite_method: 'direct', email, website_ids: websiteIds.slice(0, 5) }, 0),
        submit({ invite_method: 'direct', email, website_ids: websiteIds.slice(5, 10) }, 1),
      ]),
    );
  }
  await settled(system);
  expect(await findViolations(system.db, system.mail)).toEqual([]);
  const { rows } = await sql<{ people: number; failures: number }>`
    select (select count(*) from users where email like 'pair-%') as people,
      (select count(*) from outcomes where status <> 'succeeded') as failures`.execute(system.db);
  expect(rows[0]).toEqual({ people: 300, failures: 0 });
});

test('200 pairs of jobs with the same targets in opposite orders: no deadlock, an outcome for each target', async () => {
  const { websiteIds } = system.tenant;
  const before = await deadlocks();
  // The users are there already, or the second job would wait for the first to have made its own; and
  // each row takes a moment, so that two jobs truly meet halfway.
  await sql`insert into users (id, org_id, email)
    select gen_random_uuid(), ${system.tenant.id}, 'order-' || n || '@example.com'
    from generate_series(0, 199) as n`.execute(system.db);
  await sql`create function dawdle() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.002); return new; end $$`.execute(system.db);
  for (const table of ['website_members', 'invites']) {
    await sql`create trigger dawdle before insert on ${sql.table(table)}
      for each row execute function dawdle()`.execute(system.db);
  }
  const order = [websiteIds, websiteIds.toReversed()] as const;
  for (let pair = 0; pair < 200; pair += 20) {
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => pair + n).flatMap((n) => {
        const invite_method = n % 2 === 0 ? 'direct' : 'email';
        const email = `order-${n}@example.com`;
        return [0, 1].map((side) =>
          submit({ invite_method, email, website_ids: order[side as 0 | 1] }, side),
        );
      }),
    );
  }
  await settled(system);
  await sql`drop function dawdle cascade`.execute(system.db);
  expect(await deadlocks()).toBe(before);
  expect(await findViolations(system.db, system.mail)).toEqual([]);
  const { rows } = await sql<{ won: number; lost: number }>`
    select count(*) filter (where status = 'succeeded') as won,
      count(*) filter (where code in ('already_member', 'already_invited')) as lost
    from outcomes join jobs on jobs.id = job_id where input ->> 'email' like 'order-%'`.execute(
    system.db,
  );
  expect(rows[0]).toEqual({ won: 200 * 20, lost: 200 * 20 });
});

test('500 jobs of which two tasks finish at once send every email once', async () => {
  const { websiteIds } = system.tenant;
  // Two tasks of one job, due together: what cutting a larger job gives, without its size.
  await sql`create function halve() returns trigger language plpgsql as $$
    begin
      if new.kind = 'bulk-invite' and cardinality(new.positions) = 2 then
        insert into tasks (id, org_id, kind, job_id, positions, target_ids, lane)
          values (gen_random_uuid(), new.org_id, new.kind, new.job_id, new.positions[2:2], new.target_ids[2:2], new.lane);
        new.positions = new.positions[1:1];
        new.target_ids = new.target_ids[1:1];
      end if;
      return new;
    end $$`.execute(system.db);
  await sql`create trigger halve before insert on tasks for each row execute function halve()`.execute(
    system.db,
  );
  const before = await deadlocks();
  const acknowledged: string[] = [];
  for (let job = 0; job < 500; job += 50) {
    await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const email = `two-${job + n}@example.com`;
        const body = { invite_method: 'email', email, website_ids: websiteIds.slice(0, 2) };
        if ((await submit(body, n % 2)).status === 202) acknowledged.push(email);
      }),
    );
  }
  // A machine that stands still for seconds refuses some.
  expect(acknowledged.length).toBeGreaterThan(400);
  await settled(system);
  await sql`drop trigger halve on tasks`.execute(system.db);
  expect(await deadlocks()).toBe(before);
  expect(await findViolations(system.db, system.mail)).toEqual([]);
  const recipients = system.mail.mails.map((mail) => mail.to).filter((to) => to.startsWith('two-'));
  expect(recipients.length).toBe(new Set(recipients).size);
  expect(acknowledged.filter((email) => !recipients.includes(email))).toEqual([]);
});

test('an email invite that meets an acceptance halfway leaves no member with a pending invite', async () => {
  const { websiteIds } = system.tenant;
  const invite = (email: string) =>
    system.call('POST', '/api/v1/invites/bulk', {
      body: { invite_method: 'email', email, website_ids: websiteIds.slice(0, 8) },
    });
  const emails = Array.from({ length: 40 }, (_, n) => `meet-${n}@example.com`);
  await Promise.all(emails.map(invite));
  // Accepting lingers where its invites are accepted and not yet committed: the second comes in between.
  await sql`create function linger() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.02); return new; end $$`.execute(system.db);
  await sql`create trigger linger after update on invites
    for each row execute function linger()`.execute(system.db);
  for (const email of emails) {
    const [mail] = await waitFor('the email', () => {
      const mails = system.mail.to(email);
      return mails.length > 0 && mails;
    });
    const token = /token=([\w.-]+)/.exec(mail?.text ?? '')?.[1];
    await Promise.all([
      system.call('POST', '/api/v1/invitations/accept', { key: null, body: { token } }),
      invite(email),
    ]);
  }
  await settled(system);
  await sql`drop function linger cascade`.execute(system.db);
  const { rows } = await sql<{ email: string }>`
    select users.email from invites
    join users on users.org_id = invites.org_id and users.email = invites.email
    join website_members as members on members.user_id = users.id
      and members.website_id = invites.website_id
    where invites.state = 'pending' and users.email like 'meet-%'`.execute(system.db);
  expect(rows).toEqual([]);
});
