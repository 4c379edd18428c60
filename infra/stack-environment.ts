import { freePort } from './free-port.ts';
import { keptSecretKey } from './secret-key.ts';

export type Environment = Record<string, string>;

/** What was set by a person; an empty value counts as not set. */
export function setValues(environment: NodeJS.ProcessEnv): Environment {
  const entries = Object.entries(environment).filter(([, value]) => value);
  return Object.fromEntries(entries) as Environment;
}

/**
 * The environment of the API and the worker: what the person set, and defaults for the rest.
 * @param given what the person set.
 * @param parts the addresses of the parts that we started ourselves.
 */
export async function serviceEnvironment(
  given: Environment,
  parts: { databaseUrl: string; queueUrl: string; smtpUrl: string },
  dataDir: string,
): Promise<Environment & { PORT: string; WORKER_PORT: string }> {
  const port = given.PORT ?? String(await freePort());
  const workerPort = given.WORKER_PORT ?? String(await freePort());
  return {
    HOST: '127.0.0.1',
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    SECRET_KEY: given.SECRET_KEY ?? keptSecretKey(dataDir),
    EMAIL_FROM: 'Usher <invitations@usher.example>',
    RATE_LIMIT_PER_MINUTE: '6000',
    LOG_LEVEL: 'info',
    ...given,
    DATABASE_URL: parts.databaseUrl,
    QUEUE_URL: parts.queueUrl,
    SMTP_URL: parts.smtpUrl,
    PORT: port,
    WORKER_PORT: workerPort,
  };
}
