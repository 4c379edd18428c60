import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOwnPostgres, type OwnPostgres } from '../support/own-postgres.ts';
import { measureIdle, type IdleMeasurement } from './idle/measure-idle.ts';
import { reportIdle } from './idle/report-idle.ts';
import { LOG_SETTINGS, logStatements } from './idle/statement-log.ts';

let postgres: OwnPostgres;
beforeAll(async () => {
  postgres = await startOwnPostgres(LOG_SETTINGS);
});
afterAll(() => postgres.drop());

const connect = async (name: string) => {
  const client = new Client({ connectionString: postgres.url, application_name: name });
  await client.connect();
  return client;
};

test('every statement counts once, under the name of its connection', async () => {
  const [observer, other] = [await connect('observer'), await connect('other')];
  await other.query('select 0');
  const seen = await logStatements(observer, async () => {
    await other.query('begin');
    await other.query({ name: 'kept', text: 'select $1::int', values: [1] });
    await other.query({ name: 'kept', text: 'select $1::int', values: [2] });
    await other.query('select\n2');
    await other.query('commit');
    await observer.query('select 3');
  });
  const texts = ['begin', 'select $1::int', 'select $1::int', 'select\n2', 'commit'];
  expect(seen).toEqual(texts.map((text) => ({ application: 'other', text })));
  await Promise.all([observer.end(), other.end()]);
});

test('an API and a worker that have nothing to do send few statements, and the table tells which', async () => {
  const database = { url: postgres.url, drop: async () => {} };
  const size = { settleSeconds: 3, seconds: 5 };
  const measured: IdleMeasurement = await measureIdle({ database }, size);
  const { api, worker } = measured.processes;
  expect(api?.statementsPerSecond).toBeLessThan(2);
  expect(worker?.statementsPerSecond).toBeGreaterThan(0);
  // The goal is 2; so short a time begins and ends with one more of each.
  expect(worker?.statementsPerSecond).toBeLessThan(4);
  const { text } = reportIdle([{ backend: 'postgres', rounds: [measured] }], {
    ...size,
    postgres: '',
  });
  expect(text).toContain('postgres: worker');
  expect(text).toContain('worker (usher-dispatcher-…): select true as leads');
});
