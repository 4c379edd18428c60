export { ConfigurationError, readVariables } from './read-variables.ts';
export { variables, type VariableName } from './variables.ts';
