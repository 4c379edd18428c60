import { addressOf, BILLING_VARIABLES, readBilling, readVariables } from '@usher/config';

/** The worker's configuration: the only place of this service that reads the environment. */
export function readConfig(environment: NodeJS.ProcessEnv) {
  const values = readVariables(
    [
      'HOST',
      'WORKER_PORT',
      'PORT',
      'PUBLIC_URL',
      'DATABASE_URL',
      'QUEUE_URL',
      'SECRET_KEY',
      'SMTP_URL',
      'EMAIL_FROM',
      'EMAIL_REPLY_TO',
      'EMAIL_AMBIGUITY',
      'PRODUCT_NAME',
      'INVITATION_TTL_HOURS',
      'RETRY_BASE_MS',
      'RETRY_ATTEMPTS',
      ...BILLING_VARIABLES,
      'BILLING_CONCURRENCY',
      'WEBHOOK_SCHEDULE',
      'WEBHOOK_ALLOW_PRIVATE',
      'LOG_LEVEL',
    ],
    environment,
  );
  return {
    host: values.HOST,
    healthPort: values.WORKER_PORT,
    publicUrl: values.PUBLIC_URL ?? addressOf(values.HOST, values.PORT),
    databaseUrl: values.DATABASE_URL,
    queueUrl: values.QUEUE_URL ?? values.DATABASE_URL,
    secretKey: values.SECRET_KEY,
    smtpUrl: values.SMTP_URL,
    emailFrom: values.EMAIL_FROM,
    emailReplyTo: values.EMAIL_REPLY_TO,
    emailAmbiguity: values.EMAIL_AMBIGUITY,
    productName: values.PRODUCT_NAME,
    invitationTtlHours: values.INVITATION_TTL_HOURS,
    retry: { baseMs: values.RETRY_BASE_MS, attempts: values.RETRY_ATTEMPTS },
    billing: readBilling(values),
    billingConcurrency: values.BILLING_CONCURRENCY,
    webhookSchedule: values.WEBHOOK_SCHEDULE,
    webhookAllowPrivate: values.WEBHOOK_ALLOW_PRIVATE,
    logLevel: values.LOG_LEVEL,
  };
}

export type Config = ReturnType<typeof readConfig>;
