import { join } from 'node:path';
import { measure } from './measure.ts';
import { pack } from './pack.ts';

// `npm run build:sdk`: the package as it is published, in packages/sdk/dist, or in the folder named.
const [folder = join(import.meta.dirname, '../../dist')] = process.argv.slice(2);
await pack(folder);
const whole = await measure(folder, ['createUsher', 'isUsherError', 'webhooks']);
const webhooks = await measure(folder, ['webhooks']);
console.log(`built into ${folder}
minified and gzipped: all of it ${whole.bytes} bytes, webhooks alone ${webhooks.bytes} bytes`);
