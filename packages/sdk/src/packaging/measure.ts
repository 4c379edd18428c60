import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

/** What a bundler makes of `import { names } from` a packed SDK: minified code, and its size gzipped. */
export async function measure(
  folder: string,
  names: readonly string[],
): Promise<{ code: string; bytes: number }> {
  const code = await bundle(folder, names, 'esm');
  return { code, bytes: gzipSync(code, { level: 9 }).length };
}

/** @param format `iife`: a script that leaves the names in a global, `usher`. */
export async function bundle(
  folder: string,
  names: readonly string[],
  format: 'esm' | 'iife',
): Promise<string> {
  const source = `export { ${names.join(', ')} } from ${JSON.stringify(join(folder, 'index.js'))};`;
  const bundled = await rolldown({
    input: 'entry',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === 'entry' ? id : null),
        load: (id) => (id === 'entry' ? source : null),
      },
    ],
  });
  const { output } = await bundled.generate({ minify: true, format, name: 'usher' });
  return output[0].code;
}
