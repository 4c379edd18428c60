import { uuid } from '@usher/contracts';
import { z } from 'zod';

/** The parameters of every path with an id in it. */
export const withId = z.object({ id: uuid });

/** Of a request that says everything by its path. */
export const emptyBody = z.strictObject({});
