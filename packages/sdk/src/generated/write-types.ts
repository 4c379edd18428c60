import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTypes } from './create-types.ts';

// node packages/sdk/src/generated/write-types.ts: writes api.ts anew, from the contracts as they are.
writeFileSync(join(import.meta.dirname, 'api.ts'), await createTypes());
