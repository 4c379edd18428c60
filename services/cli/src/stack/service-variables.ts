import { variables } from '@usher/config';

const NAMES = new Set([...Object.keys(variables), 'NODE_ENV']);

/** What API and worker read of it: the rest of a person's environment is nobody's business. */
export const serviceVariables = (environment: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => NAMES.has(name)));
