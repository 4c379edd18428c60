import { API_KEY_HEADER, type Surface } from '../../http/surface.ts';
import { konstantlyError } from './errors.ts';

/** `/openapi/v1`. */
export const konstantly: Surface = {
  errors: { type: 'application/json; charset=utf-8', body: konstantlyError },
  keys: API_KEY_HEADER,
  rateHeaders: {
    limit: 'X-RateLimit-Limit',
    remaining: 'X-RateLimit-Remaining',
    reset: 'X-RateLimit-Reset',
  },
};
