import pg from 'pg';

/**
 * What a failed transaction asks for:
 * `again` – the whole thing once more, nothing counted (the fault is the database's or the
 * connection's, not the data's); `alarm` – the same, but somebody must look (our SQL does not fit
 * the schema); `counted` – the data may be at fault: target by target, each attempt counted.
 */
export type FailureClass = 'again' | 'alarm' | 'counted';

const PASSING_CLASSES = new Set(['08', '40', '53', '55', '57']);
const CANCELED_STATEMENT = '57014';
const READ_ONLY_SERVER = '25006';

export function classifyFailure(error: unknown): FailureClass {
  if (isConnectionLost(error)) return 'again';
  const code = sqlState(error);
  if (code === undefined || code === CANCELED_STATEMENT) return 'counted';
  if (code === READ_ONLY_SERVER || PASSING_CLASSES.has(code.slice(0, 2))) return 'again';
  return code.startsWith('42') ? 'alarm' : 'counted';
}

/** The five characters that Postgres answered, or undefined where it did not answer at all. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** The constraint that the statement violated, if that is what happened. */
export function violatedConstraint(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code?.startsWith('23')
    ? error.constraint
    : undefined;
}

// node-postgres gives its own connection failures no code, only these messages.
const LOST = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'Client network socket disconnected',
  // Kysely's, once this process has let go of its connections.
  'driver has already been destroyed',
];

// A write to a socket that ended a moment before: Node gives these no errno.
const ENDED = new Set(['EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);

/** True where the server's answer never came: the statement, or the COMMIT, may have run or not. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof pg.DatabaseError) return false;
  if (error instanceof AggregateError) return error.errors.some(isConnectionLost);
  const system = error as NodeJS.ErrnoException;
  if (system.code !== undefined && ENDED.has(system.code)) return true;
  if (system.syscall !== undefined && system.errno !== undefined) return true;
  return LOST.some((message) => error.message.includes(message));
}
