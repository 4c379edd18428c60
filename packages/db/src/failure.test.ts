import pg from 'pg';
import { expect, test } from 'vitest';
import { classifyFailure, isConnectionLost, sqlState, violatedConstraint } from './failure.ts';

function answered(code: string, constraint?: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('made to fail', 1, 'error'), { code, constraint });
}
const system = (code: string, syscall: string) =>
  Object.assign(new Error(`${syscall} ${code}`), { code, syscall, errno: -1 });

test.each([
  ['40001', 'again', 'a serialization failure'],
  ['40P01', 'again', 'a deadlock'],
  ['57P01', 'again', 'an administrator ended the session'],
  ['57P03', 'again', 'it is starting up'],
  ['57014', 'counted', 'a statement timeout: the data may be at fault'],
  ['55P03', 'again', 'a lock timeout'],
  ['53300', 'again', 'too many connections'],
  ['53100', 'again', 'the disk is full'],
  ['08006', 'again', 'a connection failure'],
  ['25006', 'again', 'a server that is read-only after a failover'],
  ['25P02', 'counted', 'a transaction that had failed already'],
  ['42P01', 'alarm', 'a table that is missing'],
  ['42703', 'alarm', 'a column that is missing'],
  ['22P02', 'counted', 'a value that does not fit'],
  ['23503', 'counted', 'a foreign key'],
  ['23505', 'counted', 'a unique key'],
  ['23514', 'counted', 'a check'],
  ['P0001', 'counted', 'raised by a function'],
  ['XX000', 'counted', 'an internal error'],
])('SQLSTATE %s asks for `%s`: %s', (code, asked) => {
  expect(classifyFailure(answered(code))).toBe(asked);
  expect(sqlState(answered(code))).toBe(code);
  expect(isConnectionLost(answered(code))).toBe(false);
});

test.each([
  new Error('Connection terminated unexpectedly'),
  new Error('Connection terminated'),
  new Error('Connection terminated due to connection timeout'),
  new Error('timeout exceeded when trying to connect'),
  new Error('Query read timeout'),
  new Error('Client has encountered a connection error and is not queryable'),
  system('ECONNREFUSED', 'connect'),
  system('ECONNRESET', 'read'),
  system('EPIPE', 'write'),
  system('ENOTFOUND', 'getaddrinfo'),
  Object.assign(new Error('This socket has been ended by the other party'), { code: 'EPIPE' }),
  new AggregateError([system('ECONNREFUSED', 'connect'), system('ECONNREFUSED', 'connect')]),
])('%s: the answer never came, nothing is counted', (error) => {
  expect(isConnectionLost(error)).toBe(true);
  expect(classifyFailure(error)).toBe('again');
});

test.each([new TypeError('x is undefined'), new Error('no template'), 'a string', undefined])(
  '%s is nobody’s fault but ours or the data’s: counted',
  (error) => {
    expect(classifyFailure(error)).toBe('counted');
  },
);

test('a violated constraint is named; nothing else is one', () => {
  expect(violatedConstraint(answered('23505', 'users_email'))).toBe('users_email');
  expect(violatedConstraint(answered('40001', 'users_email'))).toBeUndefined();
  expect(violatedConstraint(new Error('users_email'))).toBeUndefined();
});
