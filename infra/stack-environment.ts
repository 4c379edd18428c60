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
  const port = await choosePort('PORT', given.PORT);
  const workerPort = await choosePort('WORKER_PORT', given.WORKER_PORT);
  return {
    HOST: '127.0.0.1',
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    SECRET_KEY: given.SECRET_KEY ?? keptSecretKey(dataDir),
    EMAIL_FROM: 'Usher <invitations@usher.example>',
    RATE_LIMIT_PER_MINUTE: '6000',
    // A trial's receivers are on this machine.
    WEBHOOK_ALLOW_PRIVATE: 'true',
    LOG_LEVEL: 'info',
    ...given,
    DATABASE_URL: parts.databaseUrl,
    QUEUE_URL: parts.queueUrl,
    SMTP_URL: parts.smtpUrl,
    PORT: port,
    WORKER_PORT: workerPort,
  };
}

/**
 * The port that the person named, or a free one. Another process there would answer our question
 * whether the service is ready, so it is refused before anything starts.
 */
async function choosePort(name: string, given = '0'): Promise<string> {
  const port = Number(given);
  // What is no port is the service's to refuse, by name.
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return given;
  try {
    return String(await freePort(port));
  } catch (error) {
    throw new Error(`${name} ${given} is taken: name another, or none`, { cause: error });
  }
}
