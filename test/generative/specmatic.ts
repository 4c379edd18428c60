import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BASE_PATHS, type SurfaceName } from '@usher/contracts/operations';
import { createDocument } from '@usher/openapi';
import type { Schema } from './arbitrary-of.ts';
import { poolOf, type Pools } from './pools.ts';

/** 90 MB, and so no dependency: npx fetches it when it is first asked for. */
const SPECMATIC = 'specmatic@2.55.1';
/** Of each operation and status. */
const COMBINATIONS = '10';
const KNOWN = 3;

export const hasJava = (): boolean => spawnSync('java', ['-version']).status === 0;

/**
 * Let Specmatic make requests from a surface's document. What it expects, a success of each request that
 * the schemas allow, no API with a memory can keep: whoever is at `url` judges the answers.
 * @returns what it said last.
 */
export async function runSpecmatic(
  surface: SurfaceName,
  { url, key, pools }: { url: string; key: string; pools: Pools },
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'usher-specmatic-'));
  try {
    await writeFile(join(folder, 'document.json'), JSON.stringify(withKnownIds(surface, pools)));
    const base = `--testBaseURL=${url}${BASE_PATHS[surface]}`;
    const child = spawn('npx', ['-y', SPECMATIC, 'test', 'document.json', base, '--timeout=60'], {
      cwd: folder,
      // It takes the key from a variable with the name of the security scheme.
      env: { ...process.env, key, MAX_TEST_REQUEST_COMBINATIONS: COMBINATIONS },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)));
    await once(child, 'close');
    return /^Tests run:.*$/m.exec(said)?.[0] ?? said;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The document with ids that exist wherever one is needed: it would make up its own. */
function withKnownIds(surface: SurfaceName, pools: Pools): object {
  const document = JSON.parse(JSON.stringify(createDocument(surface))) as {
    paths: Record<string, Record<string, { parameters?: Parameter[] }>>;
    components: { schemas: Record<string, Schema> };
  };
  const narrow = (key: string, schema: Schema): void => {
    const known = pools.known(poolOf(surface, key), KNOWN);
    if (known.length > 0) schema.enum = known;
  };
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const { parameters = [] } of Object.values(methods)) {
      for (const { in: where, name = '', schema } of parameters) {
        if (where === 'path' && schema)
          narrow(name === 'id' ? (path.split('/')[1] ?? '') : name, schema);
      }
    }
  }
  const walk = (key: string, schema: Schema): void => {
    if (schema.format === 'uuid') narrow(key, schema);
    for (const each of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) walk(key, each);
    if (schema.items) walk(key, schema.items);
    for (const [name, property] of Object.entries(schema.properties ?? {})) walk(name, property);
  };
  for (const name of REQUESTS) {
    const schema = document.components.schemas[name];
    if (schema) walk('', schema);
  }
  return document;
}

type Parameter = { in?: string; name?: string; schema?: Schema };

/** The components that are bodies of requests, with ids in them. */
const REQUESTS = [
  'BillingProvisioningJob',
  'BulkInvite',
  'BulkInviteJob',
  'ChangeGroup',
  'CreateGroup',
  'Invite',
  'ReplayDeliveries',
  'SetCredits',
];
