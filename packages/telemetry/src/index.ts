export { createLogger, type Logger, type LogLevel } from './create-logger.ts';
export { logAttempt, type AttemptLine } from './log-attempt.ts';
export { logBillingDifferences, type BillingLines } from './log-billing-differences.ts';
export { maskAddresses } from './mask-addresses.ts';
