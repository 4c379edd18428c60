import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'tsdown';

const PACKAGE = join(import.meta.dirname, '../..');
const BUNDLED = 'eventsource-parser';
const KEPT = ['name', 'version', 'description', 'license', 'type', 'sideEffects', 'engines'];

/** Build the package into a folder, as it is published: JavaScript, types, manifest, README, licenses. */
export async function pack(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await build({
    config: false,
    cwd: PACKAGE,
    entry: ['src/index.ts'],
    outDir: folder,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    dts: true,
    logLevel: 'warn',
    // It has no dependencies: what it uses is in it.
    deps: { onlyBundle: [BUNDLED] },
    // What comments say is in the types.
    outputOptions: { comments: { legal: true, annotation: true, jsdoc: false } },
    inputOptions: { experimental: { attachDebugInfo: 'none' }, checks: { pluginTimings: false } },
  });
  const source = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8')) as object;
  const manifest = {
    ...Object.fromEntries(Object.entries(source).filter(([key]) => KEPT.includes(key))),
    files: ['index.js', 'index.d.ts', 'THIRD-PARTY-LICENSES'],
    types: './index.d.ts',
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './package.json': './package.json',
    },
  };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await copyFile(join(PACKAGE, 'README.md'), join(folder, 'README.md'));
  await copyFile(join(PACKAGE, '../../LICENSE'), join(folder, 'LICENSE'));
  const license = await readFile(join(PACKAGE, 'node_modules', BUNDLED, 'LICENSE'), 'utf8');
  await writeFile(join(folder, 'THIRD-PARTY-LICENSES'), `${BUNDLED}\n\n${license}`);
}
