import { BASE_PATHS, OPERATIONS, SURFACES, type Access } from '@usher/contracts/operations';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApi, type TestApi } from '../support/test-api.ts';
import { withRoutes } from '../surfaces/routes-of.ts';

/** What is of no surface: for probes, and for people. */
const OTHERS =
  /^(?:GET|POST) (?:\/health\/(?:live|ready)|\/accept|\/docs(?:\/(?:start|scalar)\.js)?|\/openapi\/(?:athena|connect|konstantly|native)\.json)$/;

let api: TestApi;
const registered = new Map<string, Access>();

beforeAll(async () => {
  const [started, routes] = await withRoutes(() => startTestApi());
  api = started;
  for (const { name, requires } of routes) {
    registered.set(name, {
      ...(!requires && { open: true }),
      ...(requires?.global && { global: true }),
      ...(requires?.reads && { reads: true }),
      ...(requires?.counted === false && { uncounted: true }),
    });
  }
});
afterAll(() => api.close());

const documented = new Map(
  SURFACES.flatMap((surface) =>
    OPERATIONS[surface].map(({ method, path, access }) => {
      const url = `${BASE_PATHS[surface]}${path}`.replace(/\{(\w+)\}/g, ':$1');
      return [`${method.toUpperCase()} ${url}`, access] as const;
    }),
  ),
);

test('every route of the API is an operation of a document, and every operation is a route', () => {
  const routes = [...registered.keys()].filter((route) => !OTHERS.test(route));
  expect(routes.length).toBeGreaterThan(40);
  expect(routes.toSorted()).toEqual([...documented.keys()].toSorted());
});

test('every operation says truly which keys may come and what is counted', () => {
  const routes = Object.fromEntries([...registered].filter(([route]) => !OTHERS.test(route)));
  expect(Object.fromEntries(documented)).toEqual(routes);
});

test('no two operations of a surface have one id', () => {
  for (const surface of SURFACES) {
    const ids = OPERATIONS[surface].map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  }
});
