import { newId } from '@usher/db';
import { createEndpoint } from '@usher/events';
import { sql, type RawBuilder } from 'kysely';
import { expect, test } from 'vitest';
import { acceptInvitation, type Acceptance } from './accept-invitation.ts';
import { anInvitation, anOrganization, useDatabase } from './fixtures.ts';
import { listWebsiteMembers } from './list-website-members.ts';
import { revokeInvite } from './revoke-invite.ts';

const use = useDatabase();
const email = 'ann@example.com';

test('of fifty who accept one invitation at once exactly one wins, and it is told once', async () => {
  const { orgId, websites } = await anOrganization(use.db, { count: 10 });
  const { id } = await anInvitation(
    use.db,
    orgId,
    email,
    websites.map((website) => ({ websiteId: website.id })),
  );
  const listening = [await anEndpoint(orgId), await anEndpoint(orgId)];
  await anEndpoint(orgId, 'job.completed');
  const settled = await Promise.allSettled(
    Array.from({ length: 50 }, () => acceptInvitation(use.db, id)),
  );
  const won = settled.filter((each) => each.status === 'fulfilled');
  expect(won).toHaveLength(1);
  expect(won[0]?.value.accepted).toHaveLength(10);
  for (const each of settled) {
    if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'state_conflict' });
  }
  for (const website of websites) {
    expect(await listWebsiteMembers(use.db, orgId, website.id)).toHaveLength(1);
  }
  const { rows: told } = await sql<{ type: string; data: object; to: string[]; tasks: number }>`
    select event.type, event.data,
      array(select endpoint_id from deliveries where event_id = event.id order by endpoint_id) as to,
      (select count(*) from tasks where org_id = event.org_id and kind = 'webhook') as tasks
    from events as event where org_id = ${orgId}`.execute(use.db);
  expect(told).toMatchObject([
    {
      type: 'invitation.accepted',
      data: { invitation_id: id, accepted: 10 },
      to: listening.toSorted(),
      tasks: listening.length,
    },
  ]);
});

test('an invite revoked while it is accepted is one or the other, never both', async () => {
  for (let round = 0; round < 40; round += 1) {
    const race = await anInvitationOfTwo();
    const accept = () => acceptInvitation(use.db, race.id);
    const both = round % 2 ? [accept(), race.revoke()] : [race.revoke(), accept()];
    const settled = await Promise.allSettled<unknown>(both);
    const [accepting, revoking] = round % 2 ? settled : settled.toReversed();
    expect(accepting?.status).toBe('fulfilled');
    if (revoking?.status === 'rejected') {
      expect(revoking.reason).toMatchObject({ code: 'state_conflict' });
    }
    const revoked = revoking?.status === 'fulfilled';
    expect(await race.found()).toEqual({
      state: revoked ? 'revoked' : 'accepted',
      members: revoked ? 0 : 1,
    });
  }
});

test('an invite revoked while its accept waits for the user is left out', async () => {
  const race = await anInvitationOfTwo();
  await use.db.insertInto('users').values({ id: newId(), org_id: race.orgId, email }).execute();
  const lock = sql`select from users where org_id = ${race.orgId} and email = ${email} for update`;
  let accepting: Promise<Acceptance> | undefined;
  await holding(lock, async () => {
    accepting = acceptInvitation(use.db, race.id);
    await untilBlocked(1);
    await race.revoke();
  });
  expect((await accepting)?.accepted).toHaveLength(1);
  expect(await race.found()).toEqual({ state: 'revoked', members: 0 });
});

test('an invite revoked after its accept has taken it stays accepted', async () => {
  const race = await anInvitationOfTwo();
  // Where memberships are written: after the invites were read, before they are marked.
  const lock = sql`select from websites where id = ${race.websiteIds[1]} for update`;
  let both: Promise<unknown> | undefined;
  await holding(lock, async () => {
    const accepting = acceptInvitation(use.db, race.id);
    await untilBlocked(1);
    both = Promise.allSettled<unknown>([accepting, race.revoke()]);
    await untilBlocked(2);
  });
  expect(await both).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: 'state_conflict' } },
  ]);
  expect(await race.found()).toEqual({ state: 'accepted', members: 1 });
});

test('accepting takes its locks in the order that everybody keeps', async () => {
  for (let first = 0; first < 4; first += 1) {
    const race = await anInvitationOfTwo();
    await use.db.insertInto('users').values({ id: newId(), org_id: race.orgId, email }).execute();
    const [low, high] = race.websiteIds.toSorted();
    const locks = [
      sql`select from users where org_id = ${race.orgId} and email = ${email} for update`,
      sql`select from invites where org_id = ${race.orgId} and target_id = ${low} for update`,
      sql`select from invites where org_id = ${race.orgId} and target_id = ${high} for update`,
      sql`select from invitations where id = ${race.id} for update`,
    ];
    let accepting: Promise<Acceptance> | undefined;
    await use.db.transaction().execute(async (trx) => {
      await locks[first]?.execute(trx);
      accepting = acceptInvitation(use.db, race.id);
      await untilBlocked(1);
      // Had the accept taken one of these already, each would now wait for the other.
      for (const lock of locks.slice(first + 1)) await lock.execute(trx);
    });
    expect((await accepting)?.accepted).toHaveLength(2);
  }
});

test('accepts of one address, and a job that adds it, never deadlock over shared targets', async () => {
  for (let round = 0; round < 20; round += 1) {
    const { orgId, websites } = await anOrganization(use.db, { count: 20 });
    const invites = websites.map((website) => ({ websiteId: website.id }));
    const odd = invites.filter((_, index) => index % 2);
    const even = invites.filter((_, index) => index % 2 === 0).toReversed();
    const first = await anInvitation(use.db, orgId, email, odd);
    const second = await anInvitation(use.db, orgId, email, even);
    await Promise.all([
      acceptInvitation(use.db, first.id),
      addDirectly(
        orgId,
        email,
        websites.map((website) => website.id),
      ),
      acceptInvitation(use.db, second.id),
      expireOthers(
        orgId,
        email,
        websites.map((website) => website.id),
      ),
    ]);
    for (const website of websites) {
      expect(await listWebsiteMembers(use.db, orgId, website.id)).toHaveLength(1);
    }
  }
});

/** An endpoint that wants events of one type. @returns its id. */
async function anEndpoint(
  orgId: string,
  type: 'invitation.accepted' | 'job.completed' = 'invitation.accepted',
): Promise<string> {
  const { id } = await use.db.transaction().execute((trx) =>
    createEndpoint(trx, {
      orgId,
      url: 'https://hooks.example/in',
      eventTypes: [type],
      inOrder: false,
      secret: 'whsec_test',
      seal: (secret) => Buffer.from(secret),
    }),
  );
  return id;
}

/** An invitation to two websites, the second first; what is told of an invite is of the first's. */
async function anInvitationOfTwo() {
  const { orgId, websites } = await anOrganization(use.db, { count: 2 });
  const { id, inviteIds } = await anInvitation(
    use.db,
    orgId,
    email,
    websites.map((website) => ({ websiteId: website.id })).toReversed(),
  );
  const found = async () => {
    const invite = await use.db
      .selectFrom('invites')
      .select('state')
      .where('id', '=', inviteIds[1]!)
      .executeTakeFirst();
    const members = await listWebsiteMembers(use.db, orgId, websites[0]!.id);
    return { state: invite?.state, members: members.length };
  };
  const revoke = () => revokeInvite(use.db, orgId, inviteIds[1]!, null);
  return { orgId, id, websiteIds: websites.map((website) => website.id), revoke, found };
}

/** Hold a lock in a transaction of its own for as long as `during` takes. */
function holding(lock: RawBuilder<unknown>, during: () => Promise<void>): Promise<void> {
  return use.db.transaction().execute(async (trx) => {
    await lock.execute(trx);
    await during();
  });
}

async function untilBlocked(statements: number): Promise<void> {
  const blocked = async () => {
    const { rows } = await sql<{ count: number }>`
      select count(*) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(use.db);
    return rows[0]?.count;
  };
  await expect.poll(blocked).toBe(statements);
}

/** What a direct bulk invite does, in the lock order that everybody keeps. */
function addDirectly(orgId: string, email: string, websiteIds: string[]): Promise<void> {
  return use.db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ id: string }>`
      insert into users (id, org_id, email) values (${newId()}, ${orgId}, ${email})
      on conflict (org_id, email) do update set email = excluded.email returning id`.execute(trx);
    await sql`
      insert into website_members (org_id, website_id, user_id, role)
      select ${orgId}::uuid, id, ${rows[0]?.id}::uuid, 'viewer'
      from unnest(${websiteIds.toSorted()}::uuid[]) as wanted (id)
      on conflict do nothing`.execute(trx);
  });
}

/** What a new invite does first: expired ones of its targets are closed, in target order. */
function expireOthers(orgId: string, email: string, websiteIds: string[]): Promise<void> {
  return use.db.transaction().execute(async (trx) => {
    await sql`
      select id from invites where org_id = ${orgId} and email = ${email}
        and target_id = any(${websiteIds}::uuid[]) and state = 'pending'
      order by target_id for update`.execute(trx);
  });
}
