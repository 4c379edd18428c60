import { pino, type Logger as PinoLogger } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type Logger = PinoLogger;

// Whatever is logged by mistake: keys, tokens and mail never reach the output.
const SECRET_PATHS = [
  'authorization',
  'x-api-key',
  'apiKey',
  'api_key',
  'token',
  'secret',
  'html',
  'text',
];

/**
 * JSON lines on standard output. Error objects lose what Postgres echoes of the data (`detail`,
 * `where`, parameters): a log is no place for a member's address.
 */
export function createLogger(options: { service: string; level: LogLevel }): Logger {
  return pino({
    level: options.level,
    base: { service: options.service, pid: process.pid },
    redact: {
      paths: SECRET_PATHS.flatMap((path) => [`["${path}"]`, `*["${path}"]`]),
      censor: '[redacted]',
    },
    serializers: { error: describeError, err: describeError },
  });
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, constraint, table } = error as {
    code?: unknown;
    constraint?: unknown;
    table?: unknown;
  };
  return {
    name: error.name,
    message: error.message,
    code,
    constraint,
    table,
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}
