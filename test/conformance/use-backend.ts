import { afterAll, beforeAll } from 'vitest';
import { startSystem, type System, type SystemOptions } from '../support/system.ts';
import type { BACKENDS, Store } from './backends.ts';

export interface Running {
  system: System;
  store: Store;
}

/** One system on this backend for all tests of a `describe`; call it at its top. */
export function useBackend(
  backend: (typeof BACKENDS)[number],
  options: () => Promise<SystemOptions>,
): Running {
  const running = {} as Running;
  const closing: Array<() => Promise<void>> = [];
  beforeAll(async () => {
    const store = await backend.open();
    closing.unshift(() => store.close());
    const { queueUrl } = store;
    const system = await startSystem({ ...(await options()), ...(queueUrl && { queueUrl }) });
    closing.unshift(() => system.close());
    Object.assign(running, { store, system });
  });
  afterAll(async () => {
    for (const close of closing) await close();
  });
  return running;
}
