import {
  BILLING_VARIABLES,
  ConfigurationError,
  readBilling,
  readVariables,
  variables,
  type BillingSettings,
  type Values,
  type VariableName,
} from '@usher/config';
import { ok, problem, type Check } from './check.ts';

export interface Settings {
  /** Those that can be read; a bad one is missing. */
  values: Partial<Values<VariableName>>;
  /** Null: there is none. Undefined: it cannot be read. */
  billing: BillingSettings | null | undefined;
  production: boolean;
  checks: Check[];
}

const NAMES = (Object.keys(variables) as VariableName[]).filter(
  (name) => !name.startsWith('USHER_'),
);

/** Read what API and worker read, variable by variable, so that each that is wrong is named. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const checks: Check[] = [];
  const tell = (error: unknown) => {
    if (!(error instanceof ConfigurationError)) throw error;
    const found = error.message.replace(/^Bad configuration:\s*/, '');
    checks.push(problem('configuration', found, 'Set it as the README says; no process boots so'));
  };
  let values: Partial<Values<VariableName>> = {};
  for (const name of NAMES) {
    try {
      values = { ...values, ...readVariables([name], environment) };
    } catch (error) {
      tell(error);
    }
  }
  let billing: Settings['billing'];
  try {
    billing = readBilling(readVariables(BILLING_VARIABLES, environment));
  } catch (error) {
    // A variable that is wrong by itself was told of above.
    if (BILLING_VARIABLES.every((name) => name in values)) tell(error);
  }
  if (checks.length === 0) checks.push(ok('configuration', 'every variable can be read'));
  return { values, billing, production: environment.NODE_ENV === 'production', checks };
}
