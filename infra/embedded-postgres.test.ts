import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { startPostgres, type Postgres, type PostgresOptions } from './embedded-postgres.ts';
import { isRunning } from './running-process.ts';

const root = mkdtempSync(join(tmpdir(), 'usher-postgres-'));
// Open to Postgres' user, so that all of its data is in here.
chmodSync(root, 0o755);
const dataDir = join(root, 'data');
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('Postgres outlives a killed parent, and the next start ends it and keeps the data', async () => {
  const holder = spawn(
    process.execPath,
    [join(import.meta.dirname, 'testing/hold-postgres.ts'), dataDir],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = (await once(createInterface({ input: holder.stdout }), 'line')) as [string];
  const old = JSON.parse(line) as { url: string; pid: number };
  await query(old.url, 'create table kept (word text)');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await query(old.url, `insert into kept values ('survived')`);

  const postgres = await start({ dataDir });
  expect(isRunning(old.pid)).toBe(false);
  expect(await query(postgres.url(), 'select word from kept')).toEqual([{ word: 'survived' }]);
  await expect(startPostgres({ dataDir })).rejects.toThrow(/which is running/);
  expect(await query(postgres.url(), `select current_setting('fsync') as fsync`)).toEqual([
    { fsync: 'on' },
  ]);
  await postgres.stop();
  await postgres.stop();
  expect(isRunning(postgres.pid)).toBe(false);
});

test('a pid file that names another live process blocks nothing', async () => {
  const parts = await start({ dataDir, durable: false });
  const cluster = await query(parts.url(), 'show data_directory');
  await parts.stop();
  const folder = (cluster[0] as { data_directory: string }).data_directory;
  writeFileSync(join(folder, 'postmaster.pid'), `${process.pid}\n${folder}\n`);
  const postgres = await start({ dataDir, durable: false });
  expect(await query(postgres.url(), 'select word from kept')).toEqual([{ word: 'survived' }]);
  await postgres.stop();
});

test('a fresh start empties the data, and removing it leaves nothing', async () => {
  const postgres = await start({ dataDir, fresh: true, durable: false });
  expect(await query(postgres.url(), `select to_regclass('kept') as kept`)).toEqual([
    { kept: null },
  ]);
  await postgres.stop({ removeData: true });
  expect(existsSync(dataDir)).toBe(false);
});

async function start(options: PostgresOptions): Promise<Postgres> {
  const postgres = await startPostgres(options);
  onTestFinished(() => postgres.stop());
  return postgres;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
