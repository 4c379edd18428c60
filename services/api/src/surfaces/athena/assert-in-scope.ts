import { PublicError } from '@usher/contracts';
import type { Caller } from '@usher/directory';

/**
 * @throws {PublicError} `not_found` for a website outside a scoped key: it reads like one that does
 * not exist.
 */
export function assertInScope(caller: Caller, websiteId: string): void {
  if (caller.scopedTo === null || caller.scopedTo.includes(websiteId)) return;
  throw new PublicError('not_found', 'Website not found');
}
