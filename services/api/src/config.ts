import { addressOf, readVariables } from '@usher/config';

/** The API's configuration: the only place of this service that reads the environment. */
export function readConfig(environment: NodeJS.ProcessEnv) {
  const values = readVariables(
    [
      'HOST',
      'PORT',
      'PUBLIC_URL',
      'TRUST_PROXY',
      'DATABASE_URL',
      'SECRET_KEY',
      'PRODUCT_NAME',
      'ACCEPT_REDIRECT_URL',
      'INVITATION_TTL_HOURS',
      'RATE_LIMIT_PER_MINUTE',
      'STREAMS_PER_ORGANIZATION',
      'BILLING_PROVIDER',
      'WEBHOOK_ALLOW_PRIVATE',
      'LOG_LEVEL',
    ],
    environment,
  );
  return {
    host: values.HOST,
    port: values.PORT,
    publicUrl: values.PUBLIC_URL ?? addressOf(values.HOST, values.PORT),
    trustProxy: values.TRUST_PROXY,
    databaseUrl: values.DATABASE_URL,
    secretKey: values.SECRET_KEY,
    productName: values.PRODUCT_NAME,
    acceptRedirectUrl: values.ACCEPT_REDIRECT_URL,
    invitationTtlHours: values.INVITATION_TTL_HOURS,
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    streamsPerOrganization: values.STREAMS_PER_ORGANIZATION,
    billingProvider: values.BILLING_PROVIDER,
    webhookAllowPrivate: values.WEBHOOK_ALLOW_PRIVATE,
    logLevel: values.LOG_LEVEL,
  };
}

export type Config = ReturnType<typeof readConfig>;
