import type { Caller } from '@usher/directory';
import type { Viewer } from '@usher/jobs';

/** A scoped key sees only the jobs that it submitted itself. */
export const viewerOf = (caller: Caller): Viewer => ({
  orgId: caller.orgId,
  onlyKeyId: caller.scopedTo === null ? null : caller.keyId,
});
