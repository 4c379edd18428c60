import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const FOUNDATION = ['contracts', 'telemetry'];
const STORES = ['db', 'queue', 'events'];
const ENGINE = ['jobs', 'directory'];
const LEAVES = ['config', 'email', 'billing', 'webhooks', 'infra'];
const ANY_PACKAGE = ['service', 'kinds', ...ENGINE, ...STORES, ...FOUNDATION, ...LEAVES];
const SERVICES = ['api', 'worker', 'cli'];

/** What each package may import; a package that is not listed must be given its place here first. */
const ALLOWED: Record<string, string[]> = {
  contracts: [],
  telemetry: [],
  config: ['contracts'],
  markup: [],
  email: ['markup'],
  billing: [],
  infra: [],
  openapi: ['contracts'],
  sdk: ['openapi'],
  db: FOUNDATION,
  queue: FOUNDATION,
  webhooks: [],
  events: ['db', ...FOUNDATION],
  jobs: [...STORES, ...FOUNDATION],
  directory: [...STORES, ...FOUNDATION],
  service: FOUNDATION,
  kinds: [...ENGINE, ...STORES, ...FOUNDATION],
  api: [...ANY_PACKAGE, 'markup', 'openapi'],
  worker: ANY_PACKAGE,
  cli: [...ANY_PACKAGE, 'sdk'],
  test: [...ANY_PACKAGE, ...SERVICES, 'openapi', 'sdk'],
};

/** Tests, and what only they use. */
const TEST_FILE = /\.test\.ts$|\/testing\/|\/fixtures\.ts$/;

type Package = { name: string; folder: string; declared: string[] };

const packages = ['services', 'packages']
  .flatMap((group) => readdirSync(join(root, group)).map((name) => join(root, group, name)))
  .concat(join(root, 'infra'), join(root, 'test'))
  .filter((folder) => existsSync(join(folder, 'package.json')))
  .map(readPackage);

test('every package has its place in the order of imports', () => {
  expect(packages.length).toBeGreaterThan(10);
  expect(packages.map(({ name }) => name).filter((name) => !(name in ALLOWED))).toEqual([]);
});

test.each(packages)('$name depends only on packages below it', ({ name, declared }) => {
  expect(declared.filter((dependency) => !ALLOWED[name]?.includes(dependency))).toEqual([]);
});

test.each(packages)(
  '$name declares every package of ours that it imports',
  ({ folder, declared }) => {
    expect(importsOf(folder).filter(({ imported }) => !declared.includes(imported))).toEqual([]);
  },
);

test.each(packages.filter(({ name }) => name !== 'test'))(
  '$name reaches nothing outside itself by a path, but test/support from its tests',
  ({ folder }) => {
    const support = join(root, 'test', 'support');
    const strays = sourcesOf(folder).flatMap((file) =>
      specifiersOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .filter((specifier) => {
          const target = join(file, '..', specifier);
          const fromTest = TEST_FILE.test(file) && !relative(support, target).startsWith('..');
          return relative(folder, target).startsWith('..') && !fromTest;
        })
        .map((specifier) => `${relative(root, file)}: ${specifier}`),
    );
    expect(strays).toEqual([]);
  },
);

function readPackage(folder: string): Package {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  const all = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  const declared = all.filter((name) => name.startsWith('@usher/')).map(shortName);
  return { name: shortName(manifest.name), folder, declared };
}

function importsOf(folder: string): { file: string; imported: string }[] {
  return sourcesOf(folder).flatMap((file) =>
    specifiersOf(file)
      .filter((specifier) => specifier.startsWith('@usher/'))
      .map((specifier) => ({ file: relative(root, file), imported: shortName(specifier) })),
  );
}

function sourcesOf(folder: string): string[] {
  return globSync('**/*.{ts,tsx,mjs}', { cwd: folder, exclude: (name) => name === 'node_modules' })
    .map((file) => join(folder, file))
    .filter((file) => !file.includes('node_modules'));
}

/** The words after `from`, `import` and `import(`: enough, since nothing else quotes a path there. */
function specifiersOf(file: string): string[] {
  const found = readFileSync(file, 'utf8').matchAll(/(?:^|\s)(?:from|import)\s*\(?\s*'([^']+)'/g);
  return [...found].map((match) => match[1] ?? '');
}

function shortName(name: string): string {
  return name.replace('@usher/', '').split('/')[0] ?? '';
}
