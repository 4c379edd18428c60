import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  startFakeBilling,
  type FakeBilling,
} from '../../support/fake-billing/start-fake-billing.ts';
import { startSystem, type System } from '../../support/system.ts';
import { onboardTeam } from './onboard-team.ts';
import { hasPython, runPython } from './run-python.ts';

let fake: FakeBilling;
let system: System;
beforeAll(async () => {
  fake = await startFakeBilling();
  system = await startSystem({
    environment: {
      BILLING_PROVIDER: 'stripe',
      STRIPE_API_KEY: fake.apiKey,
      STRIPE_API_BASE: fake.stripeBase,
    },
  });
});
afterAll(async () => {
  await system.close();
  await fake.close();
});

const inPython = (url: string, key: string) =>
  runPython(join(import.meta.dirname, 'onboard_team.py'), { ATHENA_URL: url, ATHENA_KEY: key });
const CLIENTS: Array<[language: string, run: typeof inPython]> = [['TypeScript', onboardTeam]];
// Our tests bring no Python of their own.
if (hasPython()) CLIENTS.push(['Python', inPython]);

/** With a word for each id and time: the same for the same one, in order of appearance. */
function plain(seen: unknown): unknown {
  const ids = new Map<string, string>();
  const named = JSON.stringify(seen)
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => {
      if (!ids.has(id)) ids.set(id, `#${ids.size + 1}`);
      return ids.get(id) as string;
    })
    .replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"a time"')
    .replace(/"next_reset_at":\d{13}\b/g, '"next_reset_at":"a time"');
  return JSON.parse(named);
}

test.each(CLIENTS)('a script in %s, written for the reference, runs as it is', async (_, run) => {
  const { id, key } = await system.createTenant(1);
  await system.db
    .updateTable('organizations')
    .set({ partner: true })
    .where('id', '=', id)
    .execute();
  expect(plain(await run(system.apis[0]!.url, key))).toEqual(EXPECTED);
});

const site = { id: '#3', websiteUrl: 'site-1.example.com', websiteName: 'site-1.example.com' };
const shop = {
  id: '#1',
  websiteUrl: 'shop.example',
  websiteName: 'shop.example',
  externalId: 'shop',
};
const blog = { id: '#2', websiteUrl: 'blog.example', websiteName: 'Blog', externalId: null };
const inGroup = { id: '#2', websiteUrl: 'blog.example', websiteName: 'Blog' };
const made = {
  id: '#4',
  name: 'Team',
  orgId: '#5',
  billingEnabled: true,
  createdAt: 'a time',
  externalId: 'team/1',
};
const group = { ...made, name: 'The Team', websites: [inGroup] };
const credits = {
  total: 102.5,
  monthly: { balance: 100, next_reset_at: 'a time' },
  one_off: { balance: 2.5 },
};
const refused = (message: string) => ({ success: false, message });
const member = 'User is already a member of this';

/** What both scripts see. */
const EXPECTED = [
  { website: shop },
  { website: blog },
  { websites: [{ ...site, externalId: null }, shop, blog] },
  { group: { ...made, websiteIds: ['#1'] } },
  { group },
  { groups: [group] },
  { groups: [] },
  { group },
  { credits },
  { credits },
  { success: true, message: 'User added to website', user_id: '#6' },
  refused(`${member} website`),
  { success: true, message: 'User added to group', user_id: '#6' },
  refused(`${member} organization`),
  {
    success: true,
    results: [
      { website_id: '#1', success: false, error: `${member} website` },
      { website_id: '#2', success: true, message: 'User added to website', user_id: '#6' },
      { website_id: '#7', success: false, error: 'Website not found' },
    ],
    job_id: '#8',
  },
  {
    members: [
      {
        user_id: '#6',
        email: 'ann@example.com',
        role: 'admin',
        access_type: 'direct',
        created_at: 'a time',
        first_name: 'Ann',
        last_name: null,
      },
    ],
  },
  { success: true, message: 'User removed from website' },
  { members: [] },
  { success: true, message: 'Invitation sent', invite_id: '#9' },
  refused('An invitation to this organization is already pending'),
  { success: true, message: 'Invite revoked' },
  [409, { error: 'The invite was already revoked' }],
  [404, { error: 'Group not found' }],
  [
    400,
    {
      error: 'Validation failed: name: must not be empty',
      details: [
        { path: 'name', message: 'must not be empty' },
        { path: 'website_ids', message: 'must name at least one website' },
      ],
    },
  ],
  [
    409,
    {
      error: expect.any(String),
      existing: { type: 'group', id: '#4', name: 'The Team' },
    },
  ],
  [
    400,
    {
      error: 'Validation failed: website_id: is required',
      details: [{ path: 'website_id', message: 'is required' }],
    },
  ],
  [404, { error: 'User is not a member of this website' }],
  [401, { error: 'The API key is not valid' }],
  { counted: true },
];
