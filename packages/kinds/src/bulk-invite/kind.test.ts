import { acceptInvitation, createGroup, createWebsites } from '@usher/directory';
import { newId } from '@usher/db';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { aBulkInvite, outcomesOf, runJob, useKinds } from '../testing/use-kinds.ts';

const use = useKinds();

const codesOf = async (jobId: string) =>
  (await outcomesOf(use.db, jobId)).map((outcome) => outcome.code);
const someWebsites = async (count: number) =>
  (
    await createWebsites(
      use.db,
      use.orgId,
      Array.from({ length: count }, () => ({ url: `${newId()}.example` })),
    )
  ).map((website) => website.id);
const remove = (id: string) => sql`delete from websites where id = ${id}`.execute(use.db);

test('direct: each website gets the member, or says why not', async () => {
  const [a, b] = use.websiteIds as [string, string];
  const email = 'direct@example.com';
  const first = await aBulkInvite(use, [a], { method: 'direct', email });
  await runJob(use, first);
  const jobId = await aBulkInvite(use, [a, newId(), b], { method: 'direct', email });
  await runJob(use, jobId);
  expect(await codesOf(jobId)).toEqual(['already_member', 'not_found', 'added']);
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from users where email = ${email}`.execute(use.db);
  expect(rows).toEqual([{ count: 1 }]);
});

test('direct: each group gets the member, or says why not', async () => {
  const [a, b] = [
    await createGroup(use.db, use.orgId, { name: 'One' }),
    await createGroup(use.db, use.orgId, { name: 'Two' }),
  ].map(({ id }) => id) as [string, string];
  const input = { method: 'direct', target: 'group', email: 'grouped@example.com' } as const;
  await runJob(use, await aBulkInvite(use, [a], input));
  const jobId = await aBulkInvite(use, [a, newId(), b], input);
  await runJob(use, jobId);
  expect(await codesOf(jobId)).toEqual(['already_member', 'not_found', 'added']);
});

test('direct: no user is made where no target can be reached', async () => {
  const email = 'nobody@example.com';
  const jobId = await aBulkInvite(use, [newId()], { method: 'direct', email });
  await runJob(use, jobId);
  expect(await codesOf(jobId)).toEqual(['not_found']);
  expect((await sql`select 1 from users where email = ${email}`.execute(use.db)).rows).toEqual([]);
});

test('email: one pending invite per website and address, and one email for all', async () => {
  const [a, b, c] = use.websiteIds as [string, string, string];
  const email = 'mailed@example.com';
  await runJob(use, await aBulkInvite(use, [a], { method: 'direct', email }));
  await runJob(use, await aBulkInvite(use, [b], { email }));
  const jobId = await aBulkInvite(use, [a, b, c, newId()], { email });
  await runJob(use, jobId);
  expect(await codesOf(jobId)).toEqual([
    'already_member',
    'already_invited',
    'invited',
    'not_found',
  ]);
  const { rows } = await sql`select 1 from sendings where job_id = ${jobId}`.execute(use.db);
  expect(rows).toHaveLength(1);
});

test('email: where nothing succeeded, no email is decided on', async () => {
  const jobId = await aBulkInvite(use, [newId(), newId()]);
  await runJob(use, jobId);
  const { rows } = await sql`select 1 from sendings where job_id = ${jobId}`.execute(use.db);
  expect(rows).toEqual([]);
});

test('email: an invite past its time makes room for a new one', async () => {
  const [a] = use.websiteIds as [string];
  const email = 'expired@example.com';
  await runJob(use, await aBulkInvite(use, [a], { email }));
  await sql`update invites set expires_at = now() - interval '1 s' where email = ${email}`.execute(
    use.db,
  );
  const jobId = await aBulkInvite(use, [a], { email });
  await runJob(use, jobId);
  expect(await codesOf(jobId)).toEqual(['invited']);
  const { rows } = await sql<{ state: string }>`
    select state from invites where email = ${email} order by number`.execute(use.db);
  expect(rows.map((row) => row.state)).toEqual(['expired', 'pending']);
});

test('many jobs at once that invite one address to the same websites make one pending invite each', async () => {
  const websites = await someWebsites(20);
  const email = 'racing@example.com';
  const jobs = await Promise.all(
    Array.from({ length: 6 }, (_, n) =>
      aBulkInvite(use, n % 2 === 0 ? websites : websites.toReversed(), { email }),
    ),
  );
  await Promise.all(jobs.map((jobId) => runJob(use, jobId)));
  const codes = (await Promise.all(jobs.map(codesOf))).flat();
  expect(codes.filter((code) => code === 'invited')).toHaveLength(20);
  expect(codes.filter((code) => code === 'already_invited')).toHaveLength(100);
});

test('many jobs at once that add one new address make one user, and each member once', async () => {
  const websites = await someWebsites(10);
  const email = 'new@example.com';
  const jobs = await Promise.all(
    Array.from({ length: 6 }, () => aBulkInvite(use, websites, { method: 'direct', email })),
  );
  await Promise.all(jobs.map((jobId) => runJob(use, jobId)));
  const codes = (await Promise.all(jobs.map(codesOf))).flat();
  expect(codes.filter((code) => code === 'added')).toHaveLength(10);
  expect(codes.filter((code) => code === 'already_member')).toHaveLength(50);
});

test.each(['direct', 'email'] as const)(
  '%s: a website deleted between the look and the write fails alone, as not found',
  async (method) => {
    const websites = await someWebsites(3);
    const gone = websites[1] as string;
    const jobId = await aBulkInvite(use, websites, { method });
    // A deletion that commits while the inserted row waits to be checked against it.
    let deletion: Promise<void> | undefined;
    const engine = use.engine({
      failpoint: async (name) => {
        if (name !== 'target:before-run' || deletion) return;
        let deleted: () => void = () => undefined;
        const ready = new Promise<void>((resolve) => (deleted = resolve));
        deletion = use.db.transaction().execute(async (trx) => {
          await sql`delete from websites where id = ${gone}`.execute(trx);
          deleted();
          await untilSomebodyWaits();
        });
        await ready;
      },
    });

    await runJob(use, jobId, engine);
    await deletion;

    expect(await codesOf(jobId)).toEqual(
      [0, 1, 2].map((n) => (n === 1 ? 'not_found' : method === 'direct' ? 'added' : 'invited')),
    );
  },
);

async function untilSomebodyWaits(): Promise<void> {
  for (;;) {
    const { rows } = await sql`select 1 from pg_locks where not granted`.execute(use.db);
    if (rows.length > 0) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('the constraints whose violation means “gone” exist under those names', async () => {
  const kind = use.engine().kinds['bulk-invite'];
  if (kind?.effect !== 'database') throw new Error('another kind');
  const job = await sql<never>`select * from jobs limit 1`.execute(use.db);
  const { rows } = await sql<{ name: string; refers: string }>`
    select conname as name, confrelid::regclass::text as refers from pg_constraint
    where contype = 'f'
      and conrelid::regclass::text in ('website_members', 'group_members', 'invites')`.execute(
    use.db,
  );
  const explained = rows.filter((row) => kind.explain(row.name, job.rows[0]!) !== undefined);
  expect(explained.map((row) => row.refers).toSorted()).toEqual([
    'groups',
    'groups',
    'websites',
    'websites',
  ]);
});

test.each([
  ['direct', 'added'],
  ['email', 'invited'],
] as const)('%s: a key’s scope reaches no website outside it', async (method, done) => {
  const [a, b] = await someWebsites(2);
  const jobId = await aBulkInvite(use, [a!, b!], { method, scope: [b!] });
  await runJob(use, jobId);
  expect(await codesOf(jobId)).toEqual(['not_found', done]);
  await remove(a!);
});

test.each(['website', 'group', 'organization'] as const)(
  'email: who accepts an invite to the %s just then is a member, and gets no other invite',
  async (target) => {
    const email = `${newId()}@example.com`;
    const { orgId, websiteIds, groupIds } = use;
    const targetId = { website: websiteIds[0]!, group: groupIds[0]!, organization: orgId }[target];
    const first = await aBulkInvite(use, [targetId], { email, target });
    await runJob(use, first);
    const invitation = await use.db
      .selectFrom('invitations')
      .select('id')
      .where('job_id', '=', first)
      .executeTakeFirstOrThrow();
    // One that commits while the new invite waits to see whether the first stays pending.
    let acceptance: Promise<void> | undefined;
    const engine = use.engine({
      failpoint: async (name) => {
        if (name !== 'target:before-run' || acceptance) return;
        const { promise: ready, resolve: accepted } = Promise.withResolvers<void>();
        acceptance = use.db.transaction().execute(async (trx) => {
          await acceptInvitation(trx, invitation.id);
          accepted();
          await untilSomebodyWaits();
        });
        await ready;
      },
    });
    const second = await aBulkInvite(use, [targetId], { email, target });

    await runJob(use, second, engine);
    await acceptance;

    expect(await codesOf(second)).toEqual(['already_member']);
    const states = await use.db
      .selectFrom('invites')
      .select('state')
      .where('email', '=', email)
      .execute();
    expect(states).toEqual([{ state: 'accepted' }]);
  },
);

test('organization, direct: the person is made, or was a user before', async () => {
  const email = 'member@example.com';
  const input = { method: 'direct', target: 'organization', email, role: 'admin' } as const;
  const codes = [];
  for (let tries = 0; tries < 2; tries += 1) {
    const jobId = await aBulkInvite(use, [use.orgId], input);
    await runJob(use, jobId);
    codes.push(await codesOf(jobId));
  }
  expect(codes).toEqual([['added'], ['already_member']]);
  const { rows } = await sql`
    select email_verified, organization_role from users where email = ${email}`.execute(use.db);
  expect(rows).toEqual([{ email_verified: false, organization_role: 'admin' }]);
});

test('organization, email: one pending invite, one email that says so, and none for a user', async () => {
  const email = 'joins@example.com';
  const input = { target: 'organization', email, role: 'admin' } as const;
  const first = await aBulkInvite(use, [use.orgId], input);
  await runJob(use, first);
  const second = await aBulkInvite(use, [use.orgId], input);
  await runJob(use, second);
  expect([await codesOf(first), await codesOf(second)]).toEqual([['invited'], ['already_invited']]);
  await runJob(use, first);
  expect(use.emails.filter(({ to }) => to === email)).toMatchObject([
    { content: { items: [{ kind: 'organization', name: 'Acme', role: 'admin' }] } },
  ]);
  const known = 'joined@example.com';
  await runJob(
    use,
    await aBulkInvite(use, [use.orgId], { ...input, email: known, method: 'direct' }),
  );
  const third = await aBulkInvite(use, [use.orgId], { ...input, email: known });
  await runJob(use, third);
  expect(await codesOf(third)).toEqual(['already_member']);
});

test('organization, direct: many jobs at once make one user of one address', async () => {
  const input = { method: 'direct', target: 'organization', email: 'rush@example.com' } as const;
  const jobs = await Promise.all(
    Array.from({ length: 8 }, () => aBulkInvite(use, [use.orgId], input)),
  );
  await Promise.all(jobs.map((jobId) => runJob(use, jobId)));
  const codes = (await Promise.all(jobs.map(codesOf))).flat();
  expect(codes.filter((code) => code === 'added')).toHaveLength(1);
  expect(codes.filter((code) => code === 'already_member')).toHaveLength(7);
});
