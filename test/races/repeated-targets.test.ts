import { afterAll, beforeAll, expect, test } from 'vitest';
import { findViolations } from '../support/checker.ts';
import { settled } from '../support/settled.ts';
import { startSystem, type System } from '../support/system.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem({ workers: 2, websites: 300 });
});
afterAll(() => system.close());

/** Each id several times, in an order of its own for each n, and spelled in both ways. */
function repeat(ids: readonly string[], times: number, n: number): string[] {
  return Array.from({ length: ids.length * times }, (_, at) => {
    // Neither steps over ids alike for all n, nor misses one.
    const id = ids[(at * (1 + (n % 2)) + Math.floor(at / ids.length) + n) % ids.length] as string;
    return at % 3 === 0 ? id.toUpperCase() : id;
  });
}

const firstMentions = (ids: readonly string[]) => [...new Set(ids.map((id) => id.toLowerCase()))];

const invitesOf = (email: string) =>
  system.db
    .selectFrom('invites')
    .select(['id', 'website_id'])
    .where('email', '=', email)
    .orderBy('website_id')
    .execute();

test('targets named five times each, by 60 requests at once: one result each in the order of first mention, one invite, one email', async () => {
  const { websiteIds } = system.tenant;
  const requests = Array.from({ length: 60 }, (_, n) => ({
    email: `again-${n}@example.com`,
    website_ids: repeat(websiteIds.slice(n, n + 9 + (n % 2)), 5, n),
  }));
  const answers = await Promise.all(
    requests.map((body) =>
      system.call('POST', '/api/v1/invites/bulk', { body: { invite_method: 'email', ...body } }),
    ),
  );
  await settled(system);
  expect(await findViolations(system.db, system.mail)).toEqual([]);
  for (const [n, { email, website_ids }] of requests.entries()) {
    const named = firstMentions(website_ids);
    const { status, body } = answers[n] as (typeof answers)[0];
    expect([status, named.length]).toEqual([200, 9 + (n % 2)]);
    const invites = await invitesOf(email);
    expect(invites.map((invite) => invite.website_id)).toEqual(named.toSorted());
    const inviteTo = new Map(invites.map((invite) => [invite.website_id, invite.id]));
    expect(body.results).toEqual(
      named.map((website_id) => ({
        website_id,
        success: true,
        message: 'Invitation sent',
        invite_id: inviteTo.get(website_id),
      })),
    );
    expect(system.mail.to(email)).toHaveLength(1);
  }
});

test('a job that is cut into pieces counts a target that is named in several of them once', async () => {
  const { websiteIds } = system.tenant;
  const website_ids = repeat(websiteIds, 3, 7);
  const { body } = await system.call('POST', '/api/v1/jobs', {
    body: { kind: 'bulk-invite', invite_method: 'email', email: 'pieces@example.com', website_ids },
    headers: { prefer: 'wait=60' },
  });
  expect(body.job).toMatchObject({ state: 'succeeded', counts: { total: 300, succeeded: 300 } });
  const { body: page } = await system.call('GET', `${body.job.links.targets}?limit=1000`);
  expect(page.targets.map((target: { website_id: string }) => target.website_id)).toEqual(
    firstMentions(website_ids),
  );
  expect(await invitesOf('pieces@example.com')).toHaveLength(300);
  await settled(system);
  expect(await findViolations(system.db, system.mail)).toEqual([]);
  expect(system.mail.to('pieces@example.com')).toHaveLength(1);
});
