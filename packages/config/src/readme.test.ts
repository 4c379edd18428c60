import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { variables } from './variables.ts';

interface Documented {
  about: string;
  fallback?: string;
  requiredInProduction?: boolean;
}

const readme = new URL('../../../README.md', import.meta.url);

test('the README documents every variable, in order, with its fallback and meaning', () => {
  const expected = Object.entries<Documented>(variables).map(([name, variable]) => [
    `\`${name}\``,
    shownFallback(variable),
    variable.about,
  ]);
  expect(documentedVariables()).toEqual(expected);
});

function shownFallback({ fallback, requiredInProduction }: Documented): string {
  if (fallback === undefined) return '';
  const value = /^0{64}$/.test(fallback) ? '64 zeros' : `\`${fallback}\``;
  return requiredInProduction ? `${value}; none in production` : value;
}

/** The cells of each row of the section's table, without its head. */
function documentedVariables(): string[][] {
  const [, section = ''] = readFileSync(readme, 'utf8').split('\n## Configuration\n');
  const [text = ''] = section.split('\n## ');
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
