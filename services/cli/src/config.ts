import {
  BILLING_VARIABLES,
  ConfigurationError,
  readBilling,
  readVariables,
  type BillingSettings,
} from '@usher/config';
import { DATA_FOLDER, readStackFile } from './stack/stack-file.ts';

export interface Addresses {
  databaseUrl: string;
  queueUrl: string;
}

/**
 * Where commands find Postgres and the queue: the environment, or else the stack that runs here.
 * @throws when there is neither; the message says what to do.
 */
export function readAddresses(environment: NodeJS.ProcessEnv): Addresses {
  if (!environment.DATABASE_URL) {
    const stack = readStackFile(DATA_FOLDER);
    if (stack) return { databaseUrl: stack.database_url, queueUrl: stack.queue_url };
    throw new Error(
      'DATABASE_URL is not set and no stack runs here. Set it to a postgres:// address, or run `npm start` first.',
    );
  }
  const values = readVariables(['DATABASE_URL', 'QUEUE_URL'], environment);
  return {
    databaseUrl: values.DATABASE_URL,
    queueUrl: values.QUEUE_URL ?? values.DATABASE_URL,
  };
}

/**
 * The billing provider of this environment.
 * @throws {ConfigurationError} where there is none, or where it lacks what it needs.
 */
export function readBillingSettings(environment: NodeJS.ProcessEnv): BillingSettings {
  const billing = readBilling(readVariables(BILLING_VARIABLES, environment));
  if (billing) return billing;
  throw new ConfigurationError(
    'There is no billing provider: BILLING_PROVIDER is none. Set it, and its variables, as the worker has them.',
  );
}
