import { z } from 'zod';

const integer = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const httpUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''));
const postgresUrl = z.string().regex(/^postgres(ql)?:\/\/\S+$/, 'must be a postgres:// address');

const queueUrl = z
  .string()
  .regex(/^(postgres(ql)?|rediss?):\/\/\S+$/, 'must be a redis:// or postgres:// address');

const secretKey = z
  .string()
  .transform((value) =>
    /^[0-9a-f]{64}$/i.test(value) ? Buffer.from(value, 'hex') : Buffer.from(value, 'base64'),
  )
  .refine((key) => key.length === 32, 'must be 32 bytes, as 64 hexadecimal digits or in base64');

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** `5s,5m`: milliseconds between one attempt and the next. A leading 0 is the first attempt's. */
const webhookSchedule = z
  .string()
  .regex(
    /^ *\d+(\.\d+)?(ms|s|m|h)? *(, *\d+(\.\d+)?(ms|s|m|h)? *)*$/,
    'must be durations such as 0s,5s,5m,2h',
  )
  .transform((value) =>
    value.split(',').map((each) => {
      const unit = (/[a-z]+/.exec(each)?.[0] ?? 's') as keyof typeof UNITS;
      return Number.parseFloat(each) * UNITS[unit];
    }),
  )
  .transform((pauses) => (pauses[0] === 0 ? pauses.slice(1) : pauses))
  .refine((pauses) => pauses.length <= 100, 'must have at most 100 attempts');

/** A key known to everybody: good enough for a first look, refused in production. */
const DEVELOPMENT_KEY = '00'.repeat(32);

/** Whether links are signed with that key: whoever boots with it should hear so. */
export const isDevelopmentKey = (key: Buffer): boolean => key.toString('hex') === DEVELOPMENT_KEY;

interface Variable {
  schema: z.ZodType;
  /** What it does, for the README's table. */
  about: string;
  /** What an unset variable means, as it would be written. */
  fallback?: string;
  /** Whether production refuses the fallback. */
  requiredInProduction?: boolean;
}

/** Every variable that any process reads: the one table that the README prints. */
export const variables = {
  PORT: {
    schema: integer(0, 65_535),
    fallback: '3000',
    about: 'Port of the API; 0 takes a free one',
  },
  HOST: {
    schema: z.string().min(1),
    fallback: '127.0.0.1',
    about: 'Address that the API and the health server listen on',
  },
  PUBLIC_URL: {
    schema: httpUrl.optional(),
    about: 'Where people reach the API: the base of accept links; unset: `http://HOST:PORT`',
  },
  TRUST_PROXY: {
    schema: z.enum(['true', 'false']).transform((value) => value === 'true'),
    fallback: 'false',
    about: 'Whether to believe `X-Forwarded-*` headers',
  },
  DATABASE_URL: { schema: postgresUrl, about: 'Postgres, 14 or newer: the truth. Required' },
  QUEUE_URL: {
    schema: queueUrl.optional(),
    about: 'Where messages travel: `redis://…` or `postgres://…`; unset: `DATABASE_URL`',
  },
  SECRET_KEY: {
    schema: secretKey,
    fallback: DEVELOPMENT_KEY,
    requiredInProduction: true,
    about:
      '32 bytes (hex or base64): accept links are signed under it. Required when `NODE_ENV=production`',
  },
  SMTP_URL: {
    schema: z.string().regex(/^smtps?:\/\/\S+$/, 'must be an smtp:// or smtps:// address'),
    about: 'Where emails go: `smtp://user:password@host:587`. Required by the worker',
  },
  EMAIL_FROM: {
    schema: z
      .string()
      .min(3)
      .regex(/^[^\r\n]+@[^\r\n]+$/, 'must be an address, or Name <address>'),
    fallback: 'Usher <invitations@localhost.localdomain>',
    requiredInProduction: true,
    about: 'Sender of emails: an address, or `Name <address>`',
  },
  EMAIL_REPLY_TO: {
    schema: z
      .string()
      .regex(/^[^\s@]+@[^\s@]+$/, 'must be an address')
      .optional(),
    about: 'Where replies go; unset: to the sender',
  },
  EMAIL_AMBIGUITY: {
    schema: z.enum(['resend', 'hold']),
    fallback: 'resend',
    about:
      'After an email whose fate is unknown: send it again under the same Message-ID, or leave it `unknown`',
  },
  PRODUCT_NAME: {
    schema: z.string().min(1).max(100),
    fallback: 'Usher',
    about: 'Name of your product in emails and pages',
  },
  ACCEPT_REDIRECT_URL: {
    schema: httpUrl.optional(),
    about: 'Where the accept page sends people on; unset: the page only says that it is done',
  },
  INVITATION_TTL_HOURS: {
    schema: integer(1, 8_760),
    fallback: '168',
    about: 'Hours that an invite stays open',
  },
  RATE_LIMIT_PER_MINUTE: {
    schema: integer(1, 10_000_000),
    fallback: '60',
    about: 'Requests per organization and minute; reading jobs does not count',
  },
  STREAMS_PER_ORGANIZATION: {
    schema: integer(1, 1_000_000),
    fallback: '5000',
    about: 'Streams and long polls of one organization that an API process holds open at once',
  },
  RETRY_BASE_MS: {
    schema: integer(1, 60_000),
    fallback: '1000',
    about:
      'First backoff in milliseconds; the email schedule (1, 5, 15 min, hourly) scales with it',
  },
  RETRY_ATTEMPTS: {
    schema: integer(1, 100),
    fallback: '6',
    about: 'Attempts at a target before it ends `internal_error`',
  },
  BILLING_PROVIDER: {
    schema: z.enum(['none', 'stripe', 'lago']),
    fallback: 'none',
    about: 'Where groups get their billing entities: `none`, `stripe` or `lago`',
  },
  BILLING_CONCURRENCY: {
    schema: integer(1, 1_000),
    fallback: '4',
    about: 'Calls to the billing provider at once, over all workers',
  },
  STRIPE_API_KEY: {
    schema: z.string().min(1).optional(),
    about: 'Secret key; required by the worker with `BILLING_PROVIDER=stripe`',
  },
  STRIPE_API_BASE: {
    schema: httpUrl.optional(),
    about: 'Another address of the Stripe API, for tests; unset: its own',
  },
  LAGO_API_URL: {
    schema: httpUrl.optional(),
    about: 'Address of Lago; required by the worker with `BILLING_PROVIDER=lago`',
  },
  LAGO_API_KEY: {
    schema: z.string().min(1).optional(),
    about: 'Its API key; required by the worker with `BILLING_PROVIDER=lago`',
  },
  WEBHOOK_SCHEDULE: {
    schema: webhookSchedule,
    fallback: '0s,5s,5m,30m,2h,5h,10h,14h,20h,24h',
    about: 'Pauses before each attempt at a webhook, give or take a fifth; the first is 0',
  },
  WEBHOOK_ALLOW_PRIVATE: {
    schema: z.enum(['true', 'false']).transform((value) => value === 'true'),
    fallback: 'false',
    about: 'Development only: webhooks may go to private addresses and over http',
  },
  LOG_LEVEL: {
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    fallback: 'info',
    about: 'How much is logged',
  },
  WORKER_PORT: {
    schema: integer(0, 65_535),
    fallback: '3001',
    about: "Port of the worker's health server; 0 takes a free one",
  },
  USHER_API_URL: {
    schema: httpUrl.optional(),
    about: 'For the command line alone: the API that it asks; unset: that of `npm start` here',
  },
  USHER_API_KEY: {
    schema: z
      .string()
      .regex(/^[\x21-\x7e]+$/, 'must be a key, without spaces')
      .optional(),
    about: 'For the command line alone: the API key that it asks with',
  },
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof variables;
export type Values<Name extends VariableName> = {
  [Key in Name]: z.output<(typeof variables)[Key]['schema']>;
};
