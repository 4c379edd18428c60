import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const IMPORTED = /\b(?:from|import)\s*\(?\s*'([^']+)'/g;

test('the checker knows nothing of the product: it imports pg, node and its own folder alone', () => {
  const files = globSync('*.ts', { cwd: import.meta.dirname }).filter(
    (file) => !file.endsWith('.test.ts'),
  );
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const source = readFileSync(`${import.meta.dirname}/${file}`, 'utf8');
    const imported = [...source.matchAll(IMPORTED)].map((match) => match[1]);
    const foreign = imported.filter(
      (name) => name !== 'pg' && !/^(node:|\.\/[\w-]+\.ts$)/.test(name ?? ''),
    );
    expect(foreign, file).toEqual([]);
  }
});
