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
  beforeAll(async () => {
    running.store = await backend.open();
    const { queueUrl } = running.store;
    running.system = await startSystem({ ...(await options()), ...(queueUrl && { queueUrl }) });
  });
  afterAll(async () => {
    await running.system.close();
    await running.store.close();
  });
  return running;
}
