export {
  describeExit,
  startProcess,
  type ChildHandle,
  type Exit,
  type StartProcessOptions,
} from './child-process.ts';
export { startPostgres, type Postgres, type PostgresOptions } from './embedded-postgres.ts';
export { freePort } from './free-port.ts';
export { LockedError } from './lock-file.ts';
export { startMailCatcher, type MailCatcher } from './mail-catcher.ts';
export { startStack, type Stack, type StackOptions } from './stack.ts';
