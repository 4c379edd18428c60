import { createDatabase, createNotifier, newId, type Database, type Task } from '@usher/db';
import { createGroup, createOrganization, createWebsites } from '@usher/directory';
import {
  createCompanions,
  createTurnstile,
  DISPATCH_CHANNEL,
  PROGRESS_CHANNEL,
  runTask,
  submitJob,
  type Engine,
} from '@usher/jobs';
import { createLogger } from '@usher/telemetry';
import { sql, type Kysely } from 'kysely';
import { afterAll, beforeAll } from 'vitest';
import { createTestDatabase } from '../../../../test/support/database.ts';
import type { BillingProvider } from '../billing/provider.ts';
import type { BulkInviteInput } from '../bulk-invite/input.ts';
import type { Mailer, SendResult } from '../email/mailer.ts';
import { jobKinds, taskKinds, type KindOptions } from '../registry.ts';
import type { WebhookSender } from '../webhook/sender.ts';

type Email = Parameters<Mailer['send']>[0];

/** What submitting needs of the kinds: nobody outside is asked. */
export const KIND_OPTIONS: KindOptions = {
  invitationTtlHours: 168,
  billing: null,
  retryBaseMs: 1_000,
};

export interface Kinds {
  db: Kysely<Database>;
  orgId: string;
  websiteIds: string[];
  groupIds: string[];
  /** Every email handed to the mailer. */
  emails: Email[];
  /** What the mailer answers, in order; accepted once they are used up. */
  answers: Array<SendResult | ((email: Email) => Promise<SendResult>)>;
  engine(options?: {
    ambiguity?: 'resend' | 'hold';
    failpoint?: Engine['failpoint'];
    /** None unless given. */
    billing?: BillingProvider;
    /** Delivers everything unless given. */
    sender?: WebhookSender;
    pausesMs?: readonly number[];
  }): Engine;
}

/** A database with an organization in it, and engines that know the real kinds. */
export function useKinds(): Kinds {
  const use = {} as Kinds;
  let close = async (): Promise<void> => undefined;
  beforeAll(async () => {
    const database = await createTestDatabase();
    const db = createDatabase({ url: database.url, application: 'kinds-test' });
    const { id: orgId } = await createOrganization(db, { name: 'Acme' });
    const websites = await createWebsites(
      db,
      orgId,
      Array.from({ length: 6 }, (_, n) => ({ url: `site-${n}.example` })),
    );
    const group = await createGroup(db, orgId, {
      name: 'Everyone',
      websiteIds: websites.slice(0, 1).map((website) => website.id),
    });
    Object.assign(use, {
      db,
      orgId,
      websiteIds: websites.map((website) => website.id),
      groupIds: [group.id],
      emails: [],
      answers: [],
      engine: (options = {}) => createEngine(use, options),
    } satisfies Kinds);
    close = async () => {
      await db.destroy();
      await database.drop();
    };
  });
  afterAll(() => close());
  return use;
}

function createEngine(
  use: Kinds,
  {
    ambiguity = 'resend',
    failpoint,
    billing,
    sender = DELIVERS,
    pausesMs = [5_000],
  }: Parameters<Kinds['engine']>[0] & object,
): Engine {
  const mailer: Mailer = {
    async send(email) {
      use.emails.push(email);
      const answer = use.answers.shift() ?? { kind: 'accepted', response: '250 OK' };
      return typeof answer === 'function' ? answer(email) : answer;
    },
  };
  const logger = createLogger({ service: 'test', level: 'silent' });
  const unsaid = (error: Error) => logger.warn({ error });
  return {
    db: use.db,
    kinds: taskKinds({
      ...KIND_OPTIONS,
      billing: billing ?? null,
      webhooks: { sender, schedule: { pausesMs } },
      mailer,
      ambiguity,
      acceptUrl: (id) => `https://usher.test/accept/${id}`,
      jobUrl: (id) => `https://usher.test/jobs/${id}`,
      endpointUrl: (id) => `https://usher.test/webhook-endpoints/${id}`,
    }),
    logger,
    progress: createNotifier(use.db, PROGRESS_CHANNEL, unsaid),
    wake: createNotifier(use.db, DISPATCH_CHANNEL, unsaid),
    retry: { baseMs: 1_000, attempts: 6 },
    turnstile: createTurnstile(),
    companions: createCompanions(),
    stopping: new AbortController().signal,
    failpoint: failpoint ?? (() => undefined),
  };
}

const DELIVERS: WebhookSender = {
  prepare: () => async () => ({
    durationMs: 1,
    status: 204,
    code: 'delivered',
    message: null,
    response: '',
  }),
};

/** A submitted bulk invite; nothing of it has run. */
export async function aBulkInvite(
  use: Kinds,
  targetIds: string[],
  input: Partial<BulkInviteInput> = {},
): Promise<string> {
  const { jobId } = await submitJob(use.engine(), {
    orgId: use.orgId,
    apiKeyId: null,
    kind: jobKinds(KIND_OPTIONS)['bulk-invite'],
    input: {
      method: 'email',
      target: 'website',
      email: `${newId()}@example.com`,
      role: 'viewer',
      first_name: null,
      last_name: null,
      scope: null,
      ...input,
    } satisfies BulkInviteInput,
    targetIds,
  });
  return jobId;
}

/** Run the tasks of a job that are there now. */
export async function runJob(use: Kinds, jobId: string, engine = use.engine()): Promise<void> {
  const tasks = await use.db.selectFrom('tasks').select('id').where('job_id', '=', jobId).execute();
  for (const { id } of tasks) await runTask(engine, { taskId: id, redelivered: false });
}

/** A bulk invite by email whose targets are done: only its one email is still to be sent. */
export async function anEmail(
  use: Kinds,
  targetIds = use.websiteIds,
  input: Partial<BulkInviteInput> = {},
): Promise<{ jobId: string; task: Task }> {
  const jobId = await aBulkInvite(use, targetIds, input);
  await runJob(use, jobId);
  const { rows } = await sql<Task>`
    select tasks.* from tasks join sendings on sendings.id = tasks.subject_id
    where sendings.job_id = ${jobId}`.execute(use.db);
  return { jobId, task: rows[0]! };
}

export const sendingOf = (db: Kysely<Database>, jobId: string) =>
  db.selectFrom('sendings').selectAll().where('job_id', '=', jobId).executeTakeFirstOrThrow();

export const outcomesOf = (db: Kysely<Database>, jobId: string) =>
  db.selectFrom('outcomes').selectAll().where('job_id', '=', jobId).orderBy('position').execute();
