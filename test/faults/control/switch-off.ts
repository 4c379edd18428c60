// Loaded before a process' own code (`node --import`): FAULTS_WITHOUT names the guard that it does
// without. The product's files stay as they are; what is loaded of them is not.
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { guards } from './guards.ts';
import { replaceOnce } from './replace-once.ts';

const root = join(import.meta.dirname, '../../..');
const guard = guards.find(({ name }) => name === process.env.FAULTS_WITHOUT);
if (!guard) throw new Error(`no guard named ${process.env.FAULTS_WITHOUT}`);

const replacements = Map.groupBy(
  guard.replacements,
  ({ file }) => pathToFileURL(join(root, file)).href,
);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const mine = replacements.get(url);
    if (!mine) return loaded;
    const { source } = loaded;
    const text =
      typeof source === 'string' ? source : new TextDecoder().decode(source as Uint8Array);
    return { ...loaded, source: replaceOnce(text, mine) };
  },
});
