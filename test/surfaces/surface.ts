import { expect } from 'vitest';
import { call, type Answer, type TestApi } from '../support/test-api.ts';

/** What an error has to say, on whichever surface. */
export interface Refusal {
  status: number;
  /** As Connect's `app_error_code` has it. */
  code: string;
  /** In its message. */
  words?: string;
  /** All places at fault, in order. */
  fields?: readonly string[];
  /** What holds the external id, as Athena shows it. */
  existing?: object;
}

/** What every request to a surface, and every error of it, has in common. */
export interface Surface {
  name: 'Athena' | 'Connect' | 'Konstantly';
  base: string;
  credential(key: string): Record<string, string>;
  rateHeaders: { limit: string; remaining: string; reset: string };
  /** Its whole error body, with matchers where words are free. */
  errorBody(refusal: Refusal, answer: Answer<unknown>): object;
}

export const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const words = (text = '') => expect.stringContaining(text);
const headers = (prefix: string) => ({
  limit: `${prefix}limit`,
  remaining: `${prefix}remaining`,
  reset: `${prefix}reset`,
});

export const athena: Surface = {
  name: 'Athena',
  base: '/api/v1',
  credential: (key) => ({ 'x-api-key': key }),
  rateHeaders: headers('x-rate-limit-'),
  errorBody: ({ code, words: said, fields, existing }) => ({
    error: words(said),
    ...(code === 'billing_not_configured' && { code }),
    ...(fields && { details: fields.map((path) => ({ path, message: expect.any(String) })) }),
    ...(existing && { existing }),
  }),
};

export const connect: Surface = {
  name: 'Connect',
  base: '/v1',
  credential: (key) => ({ authorization: `Bearer ${key}` }),
  rateHeaders: headers('x-rate-limit-'),
  errorBody({ code, words: said = '', fields = [] }, { headers: sent, body }) {
    const { message } = body as { message: string };
    for (const field of fields) expect(message).toContain(`${field}: `);
    return {
      timestamp: ISO,
      message: words(said),
      error: message,
      app_error_code: code,
      trace_id: sent.get('x-request-id'),
    };
  },
};

export const konstantly: Surface = {
  name: 'Konstantly',
  base: '/openapi/v1',
  credential: (key) => ({ 'x-api-key': key }),
  rateHeaders: headers('x-ratelimit-'),
  errorBody({ status, words: said, fields }) {
    const errors = fields?.map((field) => [field, expect.arrayContaining([expect.any(String)])]);
    return { status, message: words(said), ...(errors && { errors: Object.fromEntries(errors) }) };
  },
};

export interface Request {
  method: string;
  /** Below the surface's base. */
  path: string;
  /** Undefined: none. */
  key?: string | undefined;
  json?: unknown;
  /** In place of `json`, as it is. */
  body?: string | undefined;
  headers?: Record<string, string> | undefined;
}

/** One request to a surface, as its clients make it. */
export function ask<Body = unknown>(
  api: Pick<TestApi, 'url'>,
  { base, credential }: Surface,
  { method, path, key, json, body, headers: given }: Request,
): Promise<Answer<Body>> {
  const all = { ...(key !== undefined && credential(key)), ...given };
  const options = { headers: all, ...(json !== undefined && { json }), ...(body && { body }) };
  return call<Body>(api as TestApi, method, `${base}${path}`, options);
}

/** The surface's own error, whole, with what its clients read beside the body. */
export function expectRefusal(surface: Surface, answer: Answer<unknown>, refusal: Refusal): void {
  const { status, headers: sent, body } = answer;
  expect([status, body]).toEqual([refusal.status, surface.errorBody(refusal, answer)]);
  expect(sent.get('content-type')).toBe('application/json; charset=utf-8');
  expect(sent.get('x-request-id')).toMatch(/^[\w.-]+$/);
  const { limit } = surface.rateHeaders;
  expect(sent.get(limit)).toEqual(status === 401 ? null : expect.stringMatching(/^\d+$/));
  const isFinal = surface.name === 'Connect' && status === 409;
  expect(sent.get('x-should-retry')).toBe(isFinal ? 'false' : null);
}

/** An error's body without what tells one answer from another that says the same. */
export const plain = ({ body }: Answer<unknown>): object => ({
  ...(body as object),
  timestamp: null,
  trace_id: null,
});
