import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { guards } from './guards.ts';
import { replaceOnce } from './replace-once.ts';

const root = join(import.meta.dirname, '../../..');

test.each(guards)('what the control switches off is where it looks for it: $name', (guard) => {
  for (const [file, replacements] of Map.groupBy(guard.replacements, (each) => each.file)) {
    const source = readFileSync(join(root, file), 'utf8');
    expect(replaceOnce(source, replacements)).not.toBe(source);
  }
});

test('a rule that moved away, or stands twice, is an error', () => {
  const rule = { file: 'a.ts', find: 'mine', replace: '' };
  expect(() => replaceOnce('yours', [rule])).toThrow('a.ts has 0 times: mine');
  expect(() => replaceOnce('mine mine', [rule])).toThrow('a.ts has 2 times: mine');
});
