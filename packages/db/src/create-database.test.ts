import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/support/database.ts';
import { createDatabase } from './create-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('a connection that ends between two statements of a transaction ends nothing else', async () => {
  const db = createDatabase({ url: database.url, application: 'killed' });
  const failing = db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
    await sql`select pg_terminate_backend(${rows[0]!.pid}, 5000)`.execute(db);
    await sql`select 1`.execute(trx);
  });
  await expect(failing).rejects.toThrow();
  await sql`select 1`.execute(db);
  await db.destroy();
});

test('a connection that fell silent is not used again', async () => {
  let silent = true;
  const sockets: Socket[] = [];
  const { hostname, port } = new URL(database.url);
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const muted = silent;
    sockets.push(client, upstream);
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => {
      // It lets the connection be made, and no query be answered.
      if (!muted || !chunk.includes('probe')) client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(database.url);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const db = createDatabase({ url: url.href, application: 'silent', poolSize: 1 });
  await expect(sql`select 'probe'`.execute(db)).rejects.toThrow('Query read timeout');
  silent = false;
  const begun = performance.now();
  await sql`select 'probe'`.execute(db);
  expect(performance.now() - begun).toBeLessThan(5_000);
  await db.destroy();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

test('arrays of numbers and ids are read as they were written, with nulls and empty ones too', async () => {
  const db = createDatabase({ url: database.url, application: 'arrays' });
  const [a, b] = ['01a20518-42ad-769a-a5f8-874f3ebb64c6', '01a20518-443d-7706-ba02-4ae6ded4da4b'];
  const { rows } = await sql<Record<string, unknown>>`
    select '{}'::int[] as none, '{-7,0,2147483647}'::int[] as numbers, array[1, null]::int[] as holes,
      array[[1, 2], [3, 4]] as nested, '{}'::uuid[] as "noIds", array[${a}, ${b}]::uuid[] as ids,
      array[null, ${a}]::uuid[] as "idsWithHoles"`.execute(db);
  expect(rows).toEqual([
    {
      none: [],
      numbers: [-7, 0, 2_147_483_647],
      holes: [1, null],
      nested: [
        [1, 2],
        [3, 4],
      ],
      noIds: [],
      ids: [a, b],
      idsWithHoles: [null, a],
    },
  ]);
  await db.destroy();
});
