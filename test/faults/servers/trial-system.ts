import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@usher/infra';
import pg from 'pg';
import { DAWDLE } from '../../support/dawdle.ts';
import type { FakeBilling } from '../../support/fake-billing/start-fake-billing.ts';
import type { AcceptedMail, RegisteredEndpoint, Standstill } from '../checker/evidence.ts';
import type { LoadTenant } from '../load/drive-load.ts';
import { APIS, WORKERS, type Plan, type ProcessName } from '../plan/plan.ts';
import { startCommitProxy, type CommitProxy } from './commit-proxy.ts';
import { createTenants } from './create-tenants.ts';
import { keepProcess, type KeptProcess } from './keep-process.ts';
import { lastingPort } from './lasting-port.ts';
import { registerEndpoints } from './register-endpoints.ts';
import { startSmtpLedger, type SmtpLedger } from './smtp-ledger.ts';
import { billingEnvironment, startTrialBilling } from './start-trial-billing.ts';
import type { TrialPostgres } from './trial-postgres.ts';
import { startTrialQueue, type TrialQueue } from './trial-queue.ts';
import { startTrialReceivers, type TrialReceivers } from './trial-receivers.ts';
import { workerFailpoints } from './worker-failpoints.ts';

const root = join(import.meta.dirname, '../../..');
const API = join(root, 'services/api/src/main.ts');
const WORKER = join(root, 'test/support/worker-main.ts');

/** Of webhooks: more attempts than a trial's faults use up, and a dead address is given up all the same. */
const WEBHOOK_SCHEDULE = ['0s', '100ms', '200ms', '400ms', ...Array(20).fill('500ms')].join();
export const WEBHOOK_ATTEMPTS = WEBHOOK_SCHEDULE.split(',').length;

export interface TrialSystem {
  plan: Plan;
  postgres: TrialPostgres;
  databaseUrl: string;
  /** Straight to Postgres, past the proxies. */
  observer: pg.Pool;
  queue: TrialQueue;
  smtp: SmtpLedger;
  billing: FakeBilling;
  receivers: TrialReceivers;
  endpoints: RegisteredEndpoint[];
  processes: Map<ProcessName, KeptProcess>;
  proxies: Map<ProcessName, CommitProxy>;
  apiUrls: string[];
  tenants: [LoadTenant, LoadTenant];
  lines: Array<{ process: string; line: string }>;
  /** Processes that stand still at a failpoint just now. */
  frozen: Set<ProcessName>;
  standstills: Standstill[];
  /** Failpoints that fired: the process and which start of it, and what it did. */
  fired: Map<string, 'kill' | 'freeze'>;
  secrets: Array<{ name: string; value: string }>;
  /** While this file is missing, failpoints fire. */
  disarmFile: string;
  close(): Promise<void>;
}

export interface TrialSystemOptions {
  plan: Plan;
  postgres: TrialPostgres;
  note: (what: string) => void;
  onMail: (mail: AcceptedMail) => void;
  /** Added to every process' environment. */
  environment?: Record<string, string>;
  /** Run in the new database before anything starts. */
  sql?: string;
}

/**
 * 2 APIs, 3 workers, a queue, a mail server, a billing provider and receivers of webhooks over a new
 * database; resolves when all are up, and the endpoints registered.
 */
export async function startTrialSystem(options: TrialSystemOptions): Promise<TrialSystem> {
  const { plan, postgres, note } = options;
  const closing: Array<() => Promise<unknown> | void> = [];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const name = `trial_${plan.seed}_${randomBytes(3).toString('hex')}`;
    const databaseUrl = await postgres.createDatabase(name);
    closing.push(() => postgres.dropDatabase(name));
    const folder = mkdtempSync(join(tmpdir(), 'usher-faults-trial-'));
    closing.push(() => rmSync(folder, { recursive: true, force: true }));
    const observer = new pg.Pool({ connectionString: databaseUrl, max: 3 });
    // Whoever uses it hears of it by the query that fails.
    observer.on('error', () => undefined);
    observer.on('connect', (client) => client.on('error', () => undefined));
    closing.push(() => observer.end());
    if (options.sql) await observer.query(options.sql);
    if (plan.steering.length > 0) await observer.query(DAWDLE.join(';\n'));
    const tenants = await createTenants(databaseUrl, plan);
    const queue = await startTrialQueue(plan.backend, databaseUrl);
    closing.push(() => queue.stop());
    const smtp = await startSmtpLedger({
      faults: plan.mailFaults,
      refused: plan.refused,
      onFault: (what) => note(`mail: ${what}`),
      onMail: options.onMail,
    });
    closing.push(() => smtp.close());
    const billing = await startTrialBilling(plan, tenants);
    closing.push(() => billing.close());
    const receivers = await startTrialReceivers(plan);
    closing.push(() => receivers.close());

    const secretKey = randomBytes(32).toString('hex');
    const system: TrialSystem = {
      plan,
      postgres,
      databaseUrl,
      observer,
      queue,
      smtp,
      billing,
      receivers,
      endpoints: [],
      processes: new Map(),
      proxies: new Map(),
      apiUrls: [],
      tenants,
      lines: [],
      frozen: new Set(),
      standstills: [],
      fired: new Map(),
      secrets: [
        ...tenants.map(({ key }, index) => ({ name: `API key ${index + 1}`, value: key })),
        { name: 'SECRET_KEY', value: secretKey },
        { name: 'STRIPE_API_KEY', value: billing.apiKey },
        { name: "the database's password", value: postgres.password },
      ],
      disarmFile: join(folder, 'disarmed'),
      close,
    };
    for (const each of [...APIS, ...WORKERS]) {
      const proxy = await startCommitProxy(postgres.port);
      closing.push(() => proxy.close());
      system.proxies.set(each, proxy);
      const environment = {
        SECRET_KEY: secretKey,
        QUEUE_URL: queue.urlThrough(proxy.port),
        SMTP_URL: smtp.url,
        ...billingEnvironment(billing, plan),
        ...options.environment,
      };
      const kept = await keep(system, each, environment, note);
      closing.push(() => kept.stop(1_000));
      system.processes.set(each, kept);
    }
    await Promise.all([...system.processes.values()].map((kept) => kept.untilUp()));
    system.endpoints = await registerEndpoints(plan, tenants, system.apiUrls, receivers.urlOf);
    return system;
  } catch (error) {
    await close();
    throw error;
  }
}

async function keep(
  system: TrialSystem,
  name: ProcessName,
  environment: Record<string, string>,
  note: TrialSystemOptions['note'],
): Promise<KeptProcess> {
  const isApi = name.startsWith('api');
  const proxy = system.proxies.get(name) as CommitProxy;
  const port = await (isApi ? lastingPort() : freePort());
  if (isApi) system.apiUrls.push(`http://127.0.0.1:${port}`);
  const prepare = async (start: number) => {
    // A health port may be anybody's by the next start; an API's must stay what clients know.
    const own = isApi || start === 1 ? port : await freePort();
    return {
      file: isApi ? API : WORKER,
      readyUrl: `http://127.0.0.1:${own}/health/ready`,
      env: {
        PATH: process.env.PATH,
        HOST: '127.0.0.1',
        [isApi ? 'PORT' : 'WORKER_PORT']: String(own),
        DATABASE_URL: addressThrough(system.databaseUrl, proxy.port, `${name}#${start}`),
        PUBLIC_URL: 'http://usher.test',
        RATE_LIMIT_PER_MINUTE: '1000000',
        // An email's first pauses: 0.3, 1.5, 4.5 s.
        RETRY_BASE_MS: '5',
        EMAIL_AMBIGUITY: system.plan.ambiguity,
        WEBHOOK_ALLOW_PRIVATE: 'true',
        WEBHOOK_SCHEDULE,
        LOG_LEVEL: 'debug',
        ...(!isApi && workerFailpoints(system, name, start)),
        ...environment,
      },
    };
  };
  return keepProcess({
    name,
    prepare,
    note: (what) => {
      thaw(system, name);
      note(`${name} ${what}`);
    },
    onLine: (line) => {
      system.lines.push({ process: name, line });
      if (!line.startsWith('failpoint ')) return;
      note(`${name} ${line}`);
      if (line.endsWith(' over')) return thaw(system, name);
      const act = line.endsWith(' freeze') ? 'freeze' : 'kill';
      system.fired.set(`${name} ${system.processes.get(name)?.starts}`, act);
      if (act === 'freeze') freeze(system, name);
    },
  });
}

function freeze({ frozen, standstills }: TrialSystem, name: ProcessName): void {
  frozen.add(name);
  standstills.push({ process: name, from: Date.now(), to: null });
}

function thaw({ frozen, standstills }: TrialSystem, name: ProcessName): void {
  if (!frozen.delete(name)) return;
  const mine = standstills.findLast((each) => each.process === name && each.to === null);
  if (mine) mine.to = Date.now();
}

/** Through a process' own proxy, telling Postgres, and so the witness, who it is. */
function addressThrough(databaseUrl: string, port: number, name: string): string {
  const url = new URL(databaseUrl);
  url.port = String(port);
  url.searchParams.set('options', `-c faults.process=${name}`);
  return url.href;
}
