import { BASE_PATHS, OPERATIONS, SURFACES } from '@usher/contracts/operations';
import type { Operation, SurfaceName } from '@usher/contracts/operations';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { call, startTestApi, type TestApi } from '../support/test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
afterEach(() => void vi.restoreAllMocks());

/** Ids that could be, of nothing that is. */
const ID: Record<SurfaceName, string> = {
  athena: '01890a5d-ac96-774b-bcce-b302099a8057',
  connect: `grp_${'A'.repeat(22)}`,
  konstantly: '1',
  native: '01890a5d-ac96-774b-bcce-b302099a8057',
};

/** Other surfaces' ids are decoded, since one that is none is a 404 there. */
const UUIDS: ReadonlySet<SurfaceName> = new Set(['athena', 'native']);

const schemasOf = (surface: SurfaceName, { params, query, body }: Operation) =>
  [UUIDS.has(surface) ? params : undefined, query, body].filter((schema) => schema !== undefined);

const operations = SURFACES.flatMap((surface) =>
  OPERATIONS[surface]
    .filter((operation) => schemasOf(surface, operation).length > 0)
    .map((operation) => [surface, operation.operationId, operation] as const),
);

test.each(operations)(
  '%s: the schemas that %s is documented by are those that validate its requests',
  async (surface, _, operation) => {
    const documented = schemasOf(surface, operation);
    const validating = documented.map((schema) => vi.spyOn(schema, 'safeParse'));
    const url = BASE_PATHS[surface] + operation.path.replace(/\{\w+\}/g, ID[surface]);
    const { key } = api.partner;
    await call(api, operation.method.toUpperCase(), url, {
      ...(surface === 'connect' ? { headers: { authorization: `Bearer ${key}` } } : { key }),
      ...(operation.body && { json: {} }),
    });
    for (const spy of validating) expect(spy).toHaveBeenCalled();
  },
);
