export { addressOf } from './address-of.ts';
export { BILLING_VARIABLES, readBilling, type BillingSettings } from './billing.ts';
export { ConfigurationError, readVariables } from './read-variables.ts';
export { isDevelopmentKey, variables, type Values, type VariableName } from './variables.ts';
