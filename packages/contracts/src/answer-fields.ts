import { z } from 'zod';

// What answers are made of. Answers are never parsed here: a shape is written down once, for our own
// types and for the documents.

/** An id of ours: a uuid in lower case. */
export const id = z.string().meta({ format: 'uuid' });
/** ISO 8601, UTC. */
export const time = z.string().meta({ format: 'date-time' });
export const address = z.string().meta({ format: 'idn-email' });
export const url = z.string().meta({ format: 'uri' });
/** How many there are of something. */
export const count = z.int().min(0);

/** Where the next page begins. */
export const nextCursor = z
  .string()
  .describe('Give it as `cursor` to read on. Empty: this was the end.');
