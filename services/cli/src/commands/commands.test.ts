import { createDatabase } from '@usher/db';
import { findCaller } from '@usher/directory';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../../../test/support/database.ts';
import { runCommand } from '../testing/run-command.ts';

const UNKNOWN = '019aaaaa-0000-7000-8000-000000000000';
let database: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const usher = (...args: string[]) => runCommand(args, { DATABASE_URL: database.url });
const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await usher(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
};
const anOrganization = async () => (await json('org', 'create', '--name', 'Acme')).id as string;

test('an organization, its websites and a scoped key are made from the command line', async () => {
  const about = ['--name', ' Acme ', '--partner', '--contact-email', 'A@Acme.example'];
  const organization = await json('org', 'create', ...about);
  expect(organization).toEqual({
    id: expect.any(String),
    name: 'Acme',
    partner: true,
    contact_email: 'a@acme.example',
    created_at: expect.any(String),
  });
  const org = organization.id;
  const three = ['--url', 'https://shop.example/', '--count', '3'];
  const { websites } = await json('website', 'create', '--org', org, ...three);
  expect(websites.map(({ websiteUrl }: { websiteUrl: string }) => websiteUrl)).toEqual([
    'shop-1.example',
    'shop-2.example',
    'shop-3.example',
  ]);
  expect(Object.keys(websites[0])).toEqual(['id', 'websiteUrl', 'websiteName']);
  const scope = [websites[0].id, websites[1].id];
  const key = await json('key', 'create', '--org', org, '--website', ...scope, '--read-only');
  expect(key).toEqual({
    id: expect.any(String),
    org_id: org,
    name: '',
    prefix: key.api_key.slice(0, 12),
    api_key: expect.stringMatching(/^usher_/),
    scoped: true,
    website_ids: scope,
    read_only: true,
    expires_at: null,
    created_at: expect.any(String),
  });
  const db = createDatabase({ url: database.url, application: 'cli-test', poolSize: 1 });
  const found = await findCaller(db, key.api_key);
  await db.destroy();
  expect(found?.caller).toMatchObject({ orgId: org, scopedTo: scope, readOnly: true });
});

test('--website is read the same when it is repeated', async () => {
  const org = await anOrganization();
  const { websites } = await json(
    'website',
    'create',
    '--org',
    org,
    '--url',
    'a.b',
    '--count',
    '2',
  );
  const [first, second] = websites.map(({ id }: { id: string }) => id);
  const key = await json('key', 'create', '--website', first, '--website', second, '--org', org);
  expect(key.website_ids).toEqual([first, second]);
});

test('a listed key shows its prefix and never itself; revoking it can be repeated', async () => {
  const org = await anOrganization();
  const { id, api_key } = await json('key', 'create', '--org', org, '--name', 'ci');
  const once = await json('key', 'revoke', id);
  expect(await json('key', 'revoke', id)).toEqual(once);
  const { keys } = await json('key', 'list', '--org', org);
  expect(keys).toEqual([once]);
  expect(once).toMatchObject({ name: 'ci', website_ids: null, revoked_at: expect.any(String) });
  const listed = await usher('key', 'list', '--org', org);
  expect(listed.stdout).toContain(api_key.slice(0, 12));
  expect(listed.stdout).toContain('revoked');
  expect(listed.stdout + JSON.stringify(keys)).not.toContain(api_key);
});

test('people read sentences and tables', async () => {
  const made = await usher('org', 'create', '--name', 'Acme');
  expect(made.stdout).toMatch(/^Organization Acme: [\w-]{36}\nNext: usher key create --org/);
  const org = await anOrganization();
  const key = await usher('key', 'create', '--org', org);
  expect(key.stdout).toMatch(/usher_[\w-]{43}\nKeep it now/);
  const website = await usher(
    'website',
    'create',
    '--org',
    org,
    '--url',
    'a.example',
    '--name',
    'A',
  );
  expect(website.stdout).toMatch(/id +address +name\n +[\w-]{36} +a\.example +A\n$/);
  expect((await usher('key', 'list', '--org', await anOrganization())).stdout).toBe(
    'No keys yet.\n',
  );
});

test.each([
  ['an unknown organization', ['key', 'list', '--org', UNKNOWN]],
  ['an unknown key', ['key', 'revoke', UNKNOWN]],
  ['websites of nobody', ['website', 'create', '--org', UNKNOWN, '--url', 'a.b']],
])('%s is one line on standard error, exit code 4, also with --json', async (_, args) => {
  const { code, stdout, stderr } = await usher(...args, '--json');
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
  expect(stderr).toMatch(/^usher: .+\n$/);
});

test.each([
  [['bogus'], 'usher --help'],
  [['key', 'bogus'], 'usher key --help'],
  [['org', 'create'], 'usher org create --help'],
  [['key', 'list', '--org', 'abc'], 'must be a uuid'],
  [['key', 'create', '--org', UNKNOWN, '--expires-at', '2020-01-01'], 'must be in the future'],
  [['website', 'create', '--org', UNKNOWN, '--url', 'a b'], 'must not contain spaces'],
  [['website', 'create', '--org', UNKNOWN, '--url', 'a', '--count', '0'], 'from 1 to 10000'],
])('wrong usage %j exits 2 and says what to do', async (args, hint) => {
  const { code, stdout, stderr } = await usher(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^usher: .+\n$/);
  expect(stderr).toContain(hint);
});

test('a database that does not answer is named as such, without its password', async () => {
  const DATABASE_URL = 'postgres://usher:hunter2@127.0.0.1:1/usher';
  const { code, stderr } = await runCommand(['org', 'create', '--name', 'A'], { DATABASE_URL });
  expect(code).toBe(7);
  expect(stderr).toMatch(/^usher: Postgres cannot be reached.*DATABASE_URL.*npm start.*\n$/);
  expect(stderr).not.toContain('hunter2');
});
