import { join } from 'node:path';

/**
 * For processes that are started over and over: each that ends by itself leaves what it compiled to
 * those after it, which then need two thirds of the time. A process that is killed leaves nothing.
 */
export const QUICK_START = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, '../../node_modules/.cache/usher-compiled'),
};
