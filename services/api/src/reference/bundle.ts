import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

let bundle: Promise<Buffer> | undefined;

/** Scalar's script, compressed by gzip; read once, when somebody first opens the reference. */
export const readBundle = (): Promise<Buffer> =>
  (bundle ??= read().catch((error: unknown) => {
    bundle = undefined;
    throw error;
  }));

async function read(): Promise<Buffer> {
  const thread = new Worker(new URL('read-bundle-main.ts', import.meta.url));
  // Whatever goes wrong in it is an `error`, which this throws.
  const [compressed] = (await once(thread, 'message')) as [Uint8Array];
  return Buffer.from(compressed);
}
