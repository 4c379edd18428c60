import { createContext, readConfig, startApi, type Context } from '@usher/api';
import type { Database } from '@usher/db';
import { createApiKey, createGroup, createOrganization, createWebsites } from '@usher/directory';
import type { Kysely } from 'kysely';
import { checkAnswer } from './contract/check-answer.ts';
import { createTestDatabase } from './database.ts';

const WEBSITES = 5;
const SCOPED_TO = 3;

export interface TestOrganization {
  id: string;
  name: string;
  /** For the whole organization. */
  key: string;
  /** Sees the first three websites. */
  scopedKey: string;
  websiteIds: string[];
  /** The first holds the first two websites, the second the next two. */
  groupIds: string[];
}

export interface TestApi {
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** For connections beside the API's own. */
  databaseUrl: string;
  context: Context;
  db: Kysely<Database>;
  organization: TestOrganization;
  partner: TestOrganization;
  close(): Promise<void>;
}

/**
 * An API over a database of its own, listening, with two organizations, one of them a partner. No
 * worker runs beside it. `environment` goes before the defaults: a high rate limit and no logs.
 */
export async function startTestApi(environment: NodeJS.ProcessEnv = {}): Promise<TestApi> {
  const database = await createTestDatabase();
  const context = createContext(
    readConfig({
      DATABASE_URL: database.url,
      PORT: '0',
      RATE_LIMIT_PER_MINUTE: '1000000',
      LOG_LEVEL: 'silent',
      ...environment,
    }),
  );
  const api = await startApi(context, new AbortController().signal);
  return {
    url: `http://127.0.0.1:${api.port}`,
    databaseUrl: database.url,
    context,
    db: context.db,
    organization: await plant(context.db, { name: 'Acme', partner: false }),
    partner: await plant(context.db, { name: 'Globex', partner: true }),
    async close() {
      await api.drain();
      await database.drop();
    },
  };
}

export interface Answer<Body> {
  status: number;
  headers: Headers;
  /** Parsed where it is JSON, else the text. */
  body: Body;
}

/**
 * One request over HTTP, whose answer must be in its OpenAPI document. `json` is sent as such; `body` and
 * `headers` as they are.
 */
export async function call<Body = unknown>(
  api: TestApi,
  method: string,
  path: string,
  options: {
    key?: string;
    json?: unknown;
    body?: string | URLSearchParams;
    headers?: Record<string, string>;
  } = {},
): Promise<Answer<Body>> {
  const { key, json, headers } = options;
  const response = await fetch(api.url + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(key === undefined ? {} : { 'x-api-key': key }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: json === undefined ? options.body : JSON.stringify(json),
  });
  const text = await response.text();
  checkAnswer({ method, path, status: response.status, headers: response.headers, text });
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: (isJson && text !== '' ? JSON.parse(text) : text) as Body,
  };
}

async function plant(
  db: Kysely<Database>,
  wanted: { name: string; partner: boolean },
): Promise<TestOrganization> {
  const { id: orgId } = await createOrganization(db, wanted);
  const websites = await createWebsites(
    db,
    orgId,
    Array.from({ length: WEBSITES }, (_, index) => ({ url: `site-${index + 1}.example` })),
  );
  const websiteIds = websites.map((website) => website.id);
  const groupIds: string[] = [];
  for (const first of [0, 2]) {
    const group = await createGroup(db, orgId, {
      name: `Group ${groupIds.length + 1}`,
      websiteIds: websiteIds.slice(first, first + 2),
    });
    groupIds.push(group.id);
  }
  const global = await createApiKey(db, { orgId });
  const scoped = await createApiKey(db, { orgId, websiteIds: websiteIds.slice(0, SCOPED_TO) });
  return {
    id: orgId,
    name: wanted.name,
    key: global.key,
    scopedKey: scoped.key,
    websiteIds,
    groupIds,
  };
}
