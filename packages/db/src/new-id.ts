import { uuidv7 } from 'uuidv7';

/** A new uuid v7: made here and not by the database, so that a commit of unknown fate can be looked up. */
export function newId(): string {
  return uuidv7();
}

/** No id that `newId` made at this time or later, on a clock like ours, is below this one. */
export function firstIdAt(time: Date): string {
  const hex = Math.max(0, time.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
