export { ConfigurationError, readVariables } from './read-variables.ts';
export { isDevelopmentKey, variables, type VariableName } from './variables.ts';
