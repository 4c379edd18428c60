import { describe, expect, test } from 'vitest';
import {
  isUsherConnectionError,
  isUsherError,
  UsherConnectionError,
  UsherError,
} from '../index.ts';
import { readError } from './read-error.ts';

const read = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  readError(
    new Response(null, { status, headers }),
    typeof body === 'string' ? body : JSON.stringify(body),
  );

test('a problem of the native routes is an error with its code, its fields as paths, and its request', () => {
  const error = read(400, {
    type: 'about:blank',
    title: 'The request is not valid',
    status: 400,
    code: 'invalid_request',
    detail: 'The request is not valid',
    request_id: 'r-1',
    errors: [
      { pointer: '#/website_ids/0', code: 'invalid', message: 'must be a uuid' },
      { pointer: '#/a~1b~0c', code: 'invalid', message: 'unknown field' },
      { pointer: '#', code: 'invalid', message: 'is required' },
    ],
  });
  expect(error).toBeInstanceOf(UsherError);
  expect(error).toMatchObject({
    message: 'The request is not valid',
    status: 400,
    code: 'invalid_request',
    requestId: 'r-1',
    details: [
      { path: 'website_ids.0', message: 'must be a uuid' },
      { path: 'a/b~c', message: 'unknown field' },
      { path: '', message: 'is required' },
    ],
  });
});

describe.each([
  [400, {}, 'invalid_request'],
  [401, {}, 'unauthorized'],
  [403, {}, 'forbidden'],
  [404, {}, 'not_found'],
  [409, {}, 'state_conflict'],
  [409, { code: 'billing_not_configured' }, 'billing_not_configured'],
  [409, { existing: { type: 'group', id: 'g', name: 'N' } }, 'external_id_in_use'],
  [413, {}, 'too_large'],
  [422, {}, 'idempotency_key_reused'],
  [429, {}, 'rate_limited'],
  [500, {}, 'internal_error'],
  [502, {}, 'upstream_failed'],
  [503, {}, 'unavailable'],
])("Athena's %i with %j", (status, more, code) => {
  test(`is ${code}, with its message and what it says besides`, () => {
    const details = [{ path: 'email', message: 'must be an email address' }];
    const error = read(status, { error: 'Not so', details, ...more }, { 'x-request-id': 'r-2' });
    expect(error).toMatchObject({ message: 'Not so', status, code, details, requestId: 'r-2' });
    expect(error.existing).toEqual('existing' in more ? more.existing : undefined);
  });
});

test.each([502, 503, 504, 401, 404])(
  'a %i of somebody between us and the API has no code of ours, since it promises nothing of ours',
  (status) => {
    expect(read(status, '<html>Bad gateway</html>').code).toBe('unexpected_answer');
    expect(read(status, '').code).toBe('unexpected_answer');
    expect(read(status, { message: 'no healthy upstream' }).code).toBe('unexpected_answer');
    expect(read(status, 'null').code).toBe('unexpected_answer');
  },
);

test.each<object>([
  { error: { code: 502, message: 'Bad Gateway' } },
  { error: 'Bad Gateway', code: 502 },
  { timestamp: '2026-03-01T09:30:00Z', status: 502, error: 'Bad Gateway', path: '/' },
  { statusCode: 502, error: 'Bad Gateway', message: 'The upstream is away' },
  { type: 'about:blank', title: 'Bad Gateway', status: 502, detail: 'The upstream is away' },
  { detail: [{ loc: ['body'], msg: 'field required' }] },
  { detail: 'Not valid', code: 'x', errors: { name: ['Too long'] } },
  { error: 'Not valid', details: { name: ['Too long'] } },
  { error: 'Not valid', details: [null] },
])('a gateway that answers %j is none of ours, and breaks nothing', (body) => {
  expect(read(502, body)).toMatchObject({
    code: 'unexpected_answer',
    message: "HTTP 502, with a body that is not Usher's",
    details: [],
  });
});

test('Retry-After is read as seconds and as a date', () => {
  const after = (value: string) => read(503, '', { 'retry-after': value }).retryAfterMs;
  expect(after('7')).toBe(7_000);
  expect(after('0')).toBe(0);
  expect(after(new Date(Date.now() + 60_000).toUTCString())).toBeGreaterThan(50_000);
  expect(after(new Date(0).toUTCString())).toBe(0);
  expect(after('soon')).toBeUndefined();
  for (const odd of ['1.5', '-1', 'soon 5']) expect([odd, after(odd)]).toEqual([odd, undefined]);
});

test('isUsherError tells errors by their code, and from everything else', () => {
  const error = read(404, { error: 'Group not found' });
  expect(isUsherError(error)).toBe(true);
  expect(isUsherError(error, 'not_found')).toBe(true);
  expect(isUsherError(error, 'forbidden')).toBe(false);
  expect(isUsherConnectionError(error)).toBe(false);
  for (const other of [
    new Error('not_found'),
    null,
    undefined,
    'not_found',
    { code: 'not_found' },
  ]) {
    expect(isUsherError(other)).toBe(false);
  }
  const lost = new UsherConnectionError('lost');
  expect(isUsherError(lost)).toBe(false);
  expect(isUsherConnectionError(lost)).toBe(true);
});
