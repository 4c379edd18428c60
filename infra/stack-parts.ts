import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import {
  describeExit,
  startProcess,
  type ChildHandle,
  type StartProcessOptions,
} from './child-process.ts';
import { startPostgres, type Postgres } from './embedded-postgres.ts';
import { keepRunning, type KeptProcess } from './keep-running.ts';
import { recordProcess } from './running-process.ts';
import { serviceEnvironment, setValues, type Environment } from './stack-environment.ts';
import type { StackFolder } from './stack-folder.ts';
import type { Stack, StackOptions } from './stack.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const SERVICES = {
  api: here('../services/api/src/main.ts'),
  worker: here('../services/worker/src/main.ts'),
};
const READY_TIMEOUT_MS = 60_000;
// Together below 30 s: services drain first, and Postgres, last, must have its turn.
const SERVICES_STOP_MS = 25_500;
const MAIL_STOP_MS = 1_500;
const ALL_STOP_MS = 28_000;

export type Parts = { services: KeptProcess[]; mail?: ChildHandle; postgres?: Postgres };

export type Start = {
  options: StackOptions;
  folder: StackFolder;
  parts: Parts;
  fail(reason: string): void;
  /** Whether the start is over: from then on a service that ends is started again. */
  isUp(): boolean;
  signal: AbortSignal;
  /** Give up what is still starting. */
  abort(reason: unknown): void;
};

/** Start what the person's environment does not name; each part is in `start.parts` once it runs. */
export async function startParts(start: Start): Promise<Omit<Stack, 'ended' | 'stop'>> {
  const { options, folder, signal } = start;
  const given = setValues(options.environment ?? process.env);
  const databaseUrl = given.DATABASE_URL ?? (await startDatabase(start));
  const queueUrl = given.QUEUE_URL ?? databaseUrl;
  signal.throwIfAborted();
  const mail = given.SMTP_URL ? undefined : await startMail(start);
  const smtpUrl = given.SMTP_URL ?? mail?.smtpUrl ?? '';
  await options.migrate(databaseUrl, queueUrl);
  signal.throwIfAborted();
  const environment = await serviceEnvironment(
    given,
    { databaseUrl, queueUrl, smtpUrl },
    folder.path,
  );
  const files = options.services ?? SERVICES;
  const services = {
    api: startService(start, 'api', files.api, environment, environment.PORT),
    worker: startService(start, 'worker', files.worker, environment, environment.WORKER_PORT),
  };
  // If one fails the other must have ended too before we give up.
  await Promise.allSettled(Object.values(services));
  const [api, worker] = await Promise.all([services.api, services.worker]);
  return {
    apiUrl: `http://127.0.0.1:${environment.PORT}`,
    mailUrl: mail?.webUrl ?? null,
    databaseUrl,
    queueUrl,
    pids: {
      get api() {
        return api.pid;
      },
      get worker() {
        return worker.pid;
      },
    },
    environment,
  };
}

async function startDatabase({ options, folder, parts, fail }: Start): Promise<string> {
  const postgres = await startPostgres({
    dataDir: join(folder.path, 'postgres'),
    fresh: options.fresh ?? false,
    log: options.log,
  });
  parts.postgres = postgres;
  void postgres.exited.then((how) => fail(`Postgres ended unexpectedly (${how})`));
  const client = new Client({ connectionString: postgres.url() });
  // One that breaks fails its statement, which says so.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const found = await client.query(`select from pg_database where datname = 'usher'`);
    if (found.rowCount === 0) await client.query('create database usher');
  } finally {
    await client.end();
  }
  return postgres.url('usher');
}

async function startMail(start: Start): Promise<{ smtpUrl: string; webUrl: string }> {
  const log = createWriteStream(join(start.folder.logs, 'mail.log'), { flags: 'a', mode: 0o600 });
  let announced = '';
  const mail = await startProcess({
    name: 'mail catcher',
    file: here('mail-catcher-main.ts'),
    detached: true,
    readyLine: (line) => line.startsWith('{') && (announced = line) !== '',
    onLine: (line) => log.write(`${line}\n`),
    onSpawn: (pid) => start.folder.lock.addChild(recordProcess('mail catcher', pid)),
    readyTimeoutMs: READY_TIMEOUT_MS,
    signal: start.signal,
  });
  start.parts.mail = mail;
  // Its inbox and its ports are gone with it: starting it again would hide that mail was lost.
  void mail.exited.then((exit) => {
    log.end();
    const reason = `mail catcher ended unexpectedly (${describeExit(exit)})`;
    start.fail(`${reason}. Its last lines:\n${mail.lastLines()}`);
  });
  const { smtp_url, web_url } = JSON.parse(announced) as { smtp_url: string; web_url: string };
  return { smtpUrl: smtp_url, webUrl: web_url };
}

async function startService(
  start: Start,
  name: string,
  file: string,
  environment: Environment,
  port: string,
): Promise<KeptProcess> {
  const how: StartProcessOptions = {
    name,
    file,
    env: environment,
    detached: true,
    logFile: join(start.folder.logs, `${name}.log`),
    readyUrl: `http://127.0.0.1:${port}/health/ready`,
    readyTimeoutMs: READY_TIMEOUT_MS,
    onSpawn: (pid) => start.folder.lock.addChild(recordProcess(name, pid)),
    signal: start.signal,
  };
  const keeping = { isUp: start.isUp, log: start.options.log, fail: start.fail };
  const service = await keepRunning(how, keeping).catch((error: unknown) => {
    start.abort(error);
    throw error;
  });
  start.parts.services.push(service);
  return service;
}

/** Services first, so that they can finish their work; Postgres last. */
export async function stopParts(parts: Parts, removeData: boolean): Promise<void> {
  const begun = performance.now();
  await Promise.all(parts.services.map((service) => service.stop(SERVICES_STOP_MS)));
  await parts.mail?.stop(MAIL_STOP_MS);
  const left = ALL_STOP_MS - (performance.now() - begun);
  await parts.postgres?.stop({ timeoutMs: Math.max(500, left - 2_000), removeData });
}
