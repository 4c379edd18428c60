import { PublicError } from '@usher/contracts';
import type { Caller } from '@usher/directory';

/** @throws {PublicError} `forbidden` for an external id from an organization that is no partner. */
export function refuseExternalId(caller: Caller, externalId: string | null | undefined): void {
  if (caller.partner || externalId === undefined || externalId === null) return;
  throw new PublicError('forbidden', 'external_id is for partner organizations');
}

/** `externalId` as a member of an answer: always there for partners, absent for everybody else. */
export function shownExternalId(
  caller: Caller,
  { externalId }: { externalId: string | null },
): { externalId?: string | null } {
  return caller.partner ? { externalId } : {};
}
