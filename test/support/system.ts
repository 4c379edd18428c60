import { join } from 'node:path';
import { createDatabase, type Database } from '@usher/db';
import { createApiKey, createGroup, createOrganization, createWebsites } from '@usher/directory';
import { freePort, startProcess, type ChildHandle } from '@usher/infra';
import type { Kysely } from 'kysely';
import { checkAnswer } from './contract/check-answer.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { startMailLedger, type MailLedger } from './mail-ledger.ts';

const root = join(import.meta.dirname, '../..');
const API = join(root, 'services/api/src/main.ts');
const WORKER = join(import.meta.dirname, 'worker-main.ts');

/** Generous: many systems start side by side on machines of few cores. */
const READY_MS = 90_000;

export interface Tenant {
  id: string;
  key: string;
  websiteIds: string[];
  groupIds: string[];
}

/** A whole Usher of real processes over a database of its own. */
export interface System {
  db: Kysely<Database>;
  databaseUrl: string;
  mail: MailLedger;
  apis: Part[];
  workers: Part[];
  tenant: Tenant;
  createTenant(websites?: number): Promise<Tenant>;
  /**
   * A request to one of the APIs, whose answer must be in its OpenAPI document. `api` chooses which,
   * the first unless named.
   */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** On a free port, unless one is named. */
  startApi(port?: number): Promise<Part>;
  startWorker(environment?: Record<string, string>): Promise<Part>;
  close(): Promise<void>;
}

export interface Part extends ChildHandle {
  url: string;
}

export interface CallOptions {
  body?: unknown;
  key?: string | null;
  headers?: Record<string, string>;
  api?: Part;
}

// Tests read answers of every shape; a wrong guess fails the assertion that follows.
// oxlint-disable-next-line typescript/no-explicit-any
export interface Answer<Body = any> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface SystemOptions {
  apis?: number;
  workers?: number;
  websites?: number;
  environment?: Record<string, string>;
  /** Where messages travel; the database unless named. */
  queueUrl?: string;
  /** In place of a clone in the tests' common Postgres. */
  database?: TestDatabase;
  /** Every line that a process writes. */
  onLine?: (line: string) => void;
}

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const database = options.database ?? (await createTestDatabase());
  const mail = await startMailLedger();
  const db = createDatabase({ url: database.url, application: 'test', poolSize: 4 });
  const base: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOST: '127.0.0.1',
    DATABASE_URL: database.url,
    ...(options.queueUrl && { QUEUE_URL: options.queueUrl }),
    SMTP_URL: mail.url,
    PUBLIC_URL: 'http://usher.test',
    RATE_LIMIT_PER_MINUTE: '1000000',
    LOG_LEVEL: 'info',
    ...options.environment,
  };
  const start = async (name: string, file: string, port: number, env: NodeJS.ProcessEnv) => {
    const url = `http://127.0.0.1:${port}`;
    const child = await startProcess({
      name,
      file,
      env: { ...base, ...env },
      readyUrl: `${url}/health/ready`,
      readyTimeoutMs: READY_MS,
      ...(options.onLine && { onLine: options.onLine }),
    });
    return Object.assign(child, { url });
  };
  const apis: Part[] = [];
  const workers: Part[] = [];
  const startApi = async (named?: number) => {
    const port = named ?? (await freePort());
    const api = await start('api', API, port, { PORT: String(port) });
    apis.push(api);
    return api;
  };
  const startWorker = async (environment: Record<string, string> = {}) => {
    const port = await freePort();
    const worker = await start('worker', WORKER, port, {
      WORKER_PORT: String(port),
      ...environment,
    });
    workers.push(worker);
    return worker;
  };
  const createTenant = async (websites = options.websites ?? 50): Promise<Tenant> => {
    const { id } = await createOrganization(db, { name: 'Acme' });
    const { key } = await createApiKey(db, { orgId: id });
    const made = await createWebsites(
      db,
      id,
      Array.from({ length: websites }, (_, n) => ({ url: `site-${n + 1}.example.com` })),
    );
    const websiteIds = made.map((website) => website.id);
    const group = await createGroup(db, id, {
      name: 'Everyone',
      websiteIds: websiteIds.slice(0, 2),
    });
    return { id, key, websiteIds, groupIds: [group.id] };
  };
  const close = async () => {
    await Promise.all([...apis, ...workers].map((part) => part.stop(30_000)));
    await mail.close();
    await db.destroy();
    await database.drop();
  };
  const tenant = await createTenant();
  const starting = await Promise.allSettled([
    ...Array.from({ length: options.apis ?? 1 }, () => startApi()),
    ...Array.from({ length: options.workers ?? 1 }, () => startWorker()),
  ]);
  const failed = starting.find((each) => each.status === 'rejected');
  if (failed) {
    await close();
    throw failed.reason;
  }

  return {
    db,
    databaseUrl: database.url,
    mail,
    apis,
    workers,
    tenant,
    createTenant,
    startApi,
    startWorker,
    async call(method, path, { body, key = tenant.key, headers = {}, api = apis[0] } = {}) {
      const response = await fetch(`${api?.url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(key === null ? {} : { 'x-api-key': key }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      checkAnswer({ method, path, status: response.status, headers: response.headers, text });
      const type = response.headers.get('content-type') ?? '';
      const json = /[/+]json/.test(type) && text !== '';
      return {
        status: response.status,
        headers: response.headers,
        body: json ? JSON.parse(text) : text,
      };
    },
    close,
  };
}
