import {
  BILLING_VARIABLES,
  ConfigurationError,
  readBilling,
  readVariables,
  type BillingSettings,
} from '@usher/config';
import { CommandFailed } from './exit-codes.ts';
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
    throw new CommandFailed(
      'usage',
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

/** A running API, and the key to ask it with. */
export interface ApiAddress {
  baseUrl: string;
  apiKey: string;
  /** What the person did not name, and where it was taken from. */
  from?: string;
}

/**
 * Where the API is: the options, the environment, or else the stack that runs here.
 * @throws {CommandFailed} when something is missing; the message says what to set.
 */
export function readApi(
  environment: NodeJS.ProcessEnv,
  options: { apiUrl?: string; apiKey?: string },
  folder: string = DATA_FOLDER,
): ApiAddress {
  const values = readVariables(['USHER_API_URL', 'USHER_API_KEY'], {
    USHER_API_URL: options.apiUrl ?? environment.USHER_API_URL,
    USHER_API_KEY: options.apiKey ?? environment.USHER_API_KEY,
  });
  const apiKey = values.USHER_API_KEY;
  const baseUrl = values.USHER_API_URL && toBaseUrl(values.USHER_API_URL);
  if (baseUrl !== undefined && apiKey !== undefined) return { baseUrl, apiKey };
  // A key of this machine's trial goes to nobody else.
  if (baseUrl !== undefined) {
    throw new CommandFailed('usage', 'USHER_API_KEY is not set: whose key is it to be?');
  }
  const stack = readStackFile(folder);
  if (!stack) {
    throw new CommandFailed(
      'usage',
      'USHER_API_URL is not set and no stack runs here. Set it and USHER_API_KEY, or run `npm start` first.',
    );
  }
  if (apiKey !== undefined) {
    return { baseUrl: stack.api_url, apiKey, from: `asking the stack at ${stack.api_url}` };
  }
  const { organization } = stack;
  if (!organization) {
    throw new CommandFailed(
      'usage',
      'USHER_API_KEY is not set, and the stack that runs here has no organization of its own.',
    );
  }
  return {
    baseUrl: stack.api_url,
    apiKey: organization.api_key,
    from: `asking the stack at ${stack.api_url} as ${organization.name}`,
  };
}

/** @throws {CommandFailed} for what no request can be sent to; nothing of it is repeated. */
function toBaseUrl(address: string): string {
  const { username, password } = new URL(address);
  const refused = (what: string) =>
    new CommandFailed('usage', `USHER_API_URL must be without ${what}`);
  if (username !== '' || password !== '') throw refused('a name or password');
  if (/[?#]/.test(address)) throw refused('a query or a fragment');
  return address.replace(/\/api\/v1$/, '');
}

/**
 * What API and worker read: this environment, or, where it names no database, that of the stack that
 * runs here.
 */
export function readServiceEnvironment(
  environment: NodeJS.ProcessEnv,
  folder: string = DATA_FOLDER,
): { values: NodeJS.ProcessEnv; from?: string } {
  if (environment.DATABASE_URL) return { values: environment };
  const stack = readStackFile(folder);
  if (!stack?.environment) return { values: environment };
  return { values: stack.environment, from: `checking the stack at ${stack.api_url}` };
}
