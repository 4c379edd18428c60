import { createBillingProvider } from '@usher/billing';
import { ConfigurationError, isDevelopmentKey } from '@usher/config';
import { createDatabase, createNotifier } from '@usher/db';
import { acceptLink, createTokens } from '@usher/directory';
import { createSmtpMailer, type Mailer } from '@usher/email';
import {
  createCompanions,
  createTurnstile,
  DISPATCH_CHANNEL,
  PROGRESS_CHANNEL,
  type Engine,
  type Failpoint,
  type Kind,
} from '@usher/jobs';
import { taskKinds } from '@usher/kinds';
import { createQueue } from '@usher/queue';
import { createLogger } from '@usher/telemetry';
import { createSealer, createWebhookSender } from '@usher/webhooks';
import type { Config } from './config.ts';

/** What a test may put in place of the real thing. */
export interface Overrides {
  failpoint?: Failpoint;
  kinds?: (real: Record<string, Kind>) => Record<string, Kind>;
}

const POOL_SIZE = 20;

/** Everything that the worker's parts share, built once from its configuration. */
export function createContext(config: Config, overrides: Overrides = {}) {
  const logger = createLogger({ service: 'worker', level: config.logLevel });
  if (isDevelopmentKey(config.secretKey)) {
    logger.warn('SECRET_KEY is not set: accept links are signed with a key that everybody knows');
  }
  const stopping = new AbortController();
  const db = createDatabase({
    url: config.databaseUrl,
    application: 'usher-worker',
    poolSize: POOL_SIZE,
    onIdleError: (error) => logger.warn({ error }, 'an idle connection was lost'),
  });
  const queue = createQueue({
    url: config.queueUrl,
    onError: (error) => logger.warn({ error }, 'the queue reported an error'),
  });
  const mailer = openMailer(config);
  const tokens = createTokens(config.secretKey);
  const webhooks = createWebhookSender({
    allowPrivate: config.webhookAllowPrivate,
    sealer: createSealer(config.secretKey),
  });
  const kinds = taskKinds({
    invitationTtlHours: config.invitationTtlHours,
    billing: config.billing && createBillingProvider(config.billing),
    webhooks: { sender: webhooks, schedule: { pausesMs: config.webhookSchedule } },
    mailer,
    ambiguity: config.emailAmbiguity,
    retryBaseMs: config.retry.baseMs,
    acceptUrl: (invitationId) => acceptLink(config.publicUrl, tokens.sign(invitationId)),
    jobUrl: (jobId) => `${config.publicUrl}/api/v1/jobs/${jobId}`,
    endpointUrl: (id) => `${config.publicUrl}/api/v1/webhook-endpoints/${id}`,
  });
  const unsaid = (error: Error) => logger.warn({ error }, 'a notification was not sent');
  const engine: Engine = {
    db,
    kinds: overrides.kinds?.(kinds) ?? kinds,
    logger,
    progress: createNotifier(db, PROGRESS_CHANNEL, unsaid),
    wake: createNotifier(db, DISPATCH_CHANNEL, unsaid),
    retry: config.retry,
    turnstile: createTurnstile(),
    companions: createCompanions(),
    stopping: stopping.signal,
    failpoint: overrides.failpoint ?? (() => {}),
  };
  return { config, logger, db, queue, mailer, webhooks, engine, stop: () => stopping.abort() };
}

export type Context = ReturnType<typeof createContext>;

/** @throws {ConfigurationError} for what only the mailer understands of its addresses. */
function openMailer(config: Config): Mailer {
  try {
    return createSmtpMailer({
      url: config.smtpUrl,
      from: config.emailFrom,
      productName: config.productName,
      ...(config.emailReplyTo === undefined ? {} : { replyTo: config.emailReplyTo }),
    });
  } catch (error) {
    const message = (error as Error).message
      .replace(/\b(the )?url\b/, 'SMTP_URL')
      .replace(/^from\b/, 'EMAIL_FROM')
      .replace(/^replyTo\b/, 'EMAIL_REPLY_TO');
    throw new ConfigurationError(`Bad configuration:\n  ${message}`);
  }
}
