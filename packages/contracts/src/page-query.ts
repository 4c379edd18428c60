import { z } from 'zod';

const MOST = 200;
const cursor = z.string().max(200).optional();

/** Of lists that come in pages: more than 200 at once are 200. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .transform((limit) => Math.min(limit, MOST))
    .default(50)
    .describe(`50 unless named; more than ${MOST} are ${MOST}`),
  cursor,
};

/** Of the same lists as lines: all of it, but for what is asked for less. */
export const linesQuery = { limit: z.coerce.number().int().min(1).optional(), cursor };
