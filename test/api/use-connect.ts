import { expect } from 'vitest';
import { call, type Answer, type TestApi } from '../support/test-api.ts';

type Options = Parameters<typeof call>[3];

/** One request to the Connect surface; `key` goes where it takes it. */
export function ask<Body = unknown>(
  api: TestApi,
  method: string,
  path: string,
  { key, headers, ...options }: NonNullable<Options> = {},
): Promise<Answer<Body>> {
  const all = { ...(key !== undefined && { authorization: `Bearer ${key}` }), ...headers };
  return call<Body>(api, method, `/v1${path}`, { ...options, headers: all });
}

export interface ConnectGroup {
  id: string;
  organization_id: string;
  name: string;
  external_reference_id: string;
  created_at: string;
  updated_at: string;
}

export interface Page {
  data: ConnectGroup[];
  pagination: { page: number; limit: number; total: number; total_pages: number };
}

export interface ConnectError {
  timestamp: string;
  message: string;
  error: string;
  app_error_code: string;
  trace_id: string;
}

export const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Connect's whole error body, and nothing else; `words` are in its message. */
export function expectError(
  { status, headers, body }: Answer<unknown>,
  wanted: [status: number, code: string],
  words = '',
): void {
  const { message } = body as ConnectError;
  const [, code] = wanted;
  expect([status, body]).toEqual([
    wanted[0],
    {
      timestamp: expect.stringMatching(ISO),
      message: expect.stringContaining(words),
      error: message,
      app_error_code: code,
      trace_id: headers.get('x-request-id'),
    },
  ]);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(headers.get('x-should-retry')).toBe(status === 409 ? 'false' : null);
}

/** A group's id as Connect writes it. */
export const idOf = (uuid: string): string =>
  `grp_${Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url')}`;
