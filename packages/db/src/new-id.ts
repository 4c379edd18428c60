import { uuidv7 } from 'uuidv7';

/** A new uuid v7: made here and not by the database, so that a commit of unknown fate can be looked up. */
export function newId(): string {
  return uuidv7();
}
