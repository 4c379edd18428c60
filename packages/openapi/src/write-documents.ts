import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SURFACES } from '@usher/contracts/operations';
import { createDocument } from './create-document.ts';

// node packages/openapi/src/write-documents.ts FOLDER: a document for each surface, as JSON.
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: write-documents.ts FOLDER');
mkdirSync(folder, { recursive: true });
for (const surface of SURFACES) {
  const text = `${JSON.stringify(createDocument(surface), null, 2)}\n`;
  writeFileSync(join(folder, `${surface}.json`), text);
}
