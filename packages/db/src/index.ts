export { connectionConfig, createDatabase, type DatabaseOptions } from './create-database.ts';
export {
  classifyFailure,
  isConnectionLost,
  sqlState,
  violatedConstraint,
  type FailureClass,
} from './failure.ts';
export { inspectDatabase, type DatabaseFacts } from './inspect-database.ts';
export { listen, type Listener } from './listen.ts';
export { assertSchema, migrate, SCHEMA_VERSION, SchemaOutdatedError } from './migrate.ts';
export { firstIdAt, newId } from './new-id.ts';
export { impatient } from './impatient.ts';
export { createNotifier, type Notifier } from './notify.ts';
export { prepared } from './prepared.ts';
export type * from './tables.ts';
export { waitForDatabase } from './wait-for-database.ts';
