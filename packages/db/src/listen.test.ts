import { sql, type Kysely } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../../test/support/database.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { createDatabase } from './create-database.ts';
import { listen, type Listener } from './listen.ts';
import { createNotifier } from './notify.ts';
import type { Database } from './tables.ts';

let url: string;
let db: Kysely<Database>;
let close: () => Promise<void>;
beforeAll(async () => {
  const database = await createTestDatabase();
  url = database.url;
  db = createDatabase({ url, application: 'listen-test' });
  close = async () => {
    await db.destroy();
    await database.drop();
  };
});
afterAll(() => close());

function open(channel: string) {
  const heard: string[] = [];
  const errors: Error[] = [];
  let connections = 0;
  const listener: Listener = listen({
    url,
    application: `test-${channel}`,
    channel,
    onMessage: (payload) => heard.push(payload),
    onConnected: () => (connections += 1),
    onError: (error) => errors.push(error),
  });
  return { listener, heard, errors, connections: () => connections };
}

const connectionsOf = async (channel: string) =>
  (
    await sql<{ pid: number }>`select pid from pg_stat_activity
      where application_name = ${`test-${channel}`} and datname = current_database()`.execute(db)
  ).rows;
const neverFails = (error: Error) => {
  throw error;
};

test('what is said within a few milliseconds arrives as one notification', async () => {
  const ear = open('coalesced');
  await waitFor('a connection', () => ear.connections() === 1);
  const notifier = createNotifier(db, 'coalesced', neverFails);
  for (let n = 0; n < 50; n += 1) notifier.notify('a', 'b');
  await waitFor('the notification', () => ear.heard.length > 0);
  expect(ear.heard).toEqual(['a,b']);
  await ear.listener.close();
});

test('more subjects than a notification holds arrive in several', async () => {
  const ear = open('many');
  await waitFor('a connection', () => ear.connections() === 1);
  const notifier = createNotifier(db, 'many', neverFails);
  const subjects = Array.from({ length: 450 }, () => crypto.randomUUID());
  notifier.notify(...subjects);
  await notifier.flush();
  await waitFor('the notifications', () => ear.heard.length === 3);
  expect(ear.heard.flatMap((payload) => payload.split(','))).toEqual(subjects);
  await ear.listener.close();
});

test('a notification that cannot be sent is reported, and the next one is sent', async () => {
  const gone = createDatabase({ url: 'postgres://127.0.0.1:1/none', application: 'gone' });
  const errors: Error[] = [];
  const notifier = createNotifier(gone, 'x', (error) => errors.push(error));
  notifier.notify('a');
  await notifier.flush();
  notifier.notify('b');
  await notifier.flush();
  expect(errors).toHaveLength(2);
  await gone.destroy();
});

test('a killed connection is replaced, said so, and hears again', async () => {
  const ear = open('killed');
  await waitFor('a connection', () => ear.connections() === 1);
  for (const { pid } of await connectionsOf('killed')) {
    await sql`select pg_terminate_backend(${pid})`.execute(db);
  }
  await waitFor('another connection', () => ear.connections() === 2);
  expect(ear.errors.length).toBeGreaterThan(0);
  await sql`select pg_notify('killed', 'again')`.execute(db);
  await waitFor('the notification', () => ear.heard.includes('again'));
  await ear.listener.close();
  await waitFor('no connection', async () => (await connectionsOf('killed')).length === 0);
});

test('closing while it connects leaves no connection, and says nothing more', async () => {
  const ear = open('hasty');
  await ear.listener.close();
  await waitFor('no connection', async () => (await connectionsOf('hasty')).length === 0);
  expect(ear.connections()).toBe(0);
  expect(ear.errors).toEqual([]);
});
