import { describeIssue } from '@usher/contracts';
import type { z } from 'zod';
import { variables, type Values, type VariableName } from './variables.ts';

/** Thrown at boot; its message names every variable that is missing or wrong. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
}

/**
 * Read these variables from an environment. An empty one counts as unset.
 * @throws {ConfigurationError} that names every bad one. Values are not repeated: some are secrets.
 */
export function readVariables<Name extends VariableName>(
  names: readonly Name[],
  environment: NodeJS.ProcessEnv,
): Values<Name> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const variable: { schema: z.ZodType; fallback?: string; requiredInProduction?: boolean } =
      variables[name];
    const given = environment[name] || undefined;
    const refuseFallback = variable.requiredInProduction && environment.NODE_ENV === 'production';
    const value = given ?? (refuseFallback ? undefined : variable.fallback);
    const parsed = variable.schema.safeParse(value);
    if (parsed.success) values[name] = parsed.data;
    else if (value === undefined) problems.push(`${name} is required`);
    else problems.push(`${name}: ${parsed.error.issues.map(describeIssue).join('; ')}`);
  }
  if (problems.length > 0) {
    throw new ConfigurationError(
      `Bad configuration:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    );
  }
  return values as Values<Name>;
}
