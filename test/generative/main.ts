import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hasJava } from './specmatic.ts';

// `npm run test:generative -- [--seed N] [--requests N] [--no-specmatic]`: so many requests of each
// operation; then, where there is Java, what Specmatic makes of the documents.
const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  allowNegative: true,
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    requests: { type: 'string', default: '60' },
    specmatic: { type: 'boolean', default: hasJava() },
  },
});
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', 'test/generative/generative.test.ts'],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      USHER_SEED: values.seed,
      USHER_GENERATED: values.requests,
      ...(values.specmatic && { USHER_SPECMATIC: '1' }),
    },
  },
);
process.exitCode = status ?? 1;
