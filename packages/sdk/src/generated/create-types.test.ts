import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTypes } from './create-types.ts';

test('the types are what the OpenAPI documents say now (else: node packages/sdk/src/generated/write-types.ts)', async () => {
  expect(readFileSync(join(import.meta.dirname, 'api.ts'), 'utf8')).toBe(await createTypes());
});
