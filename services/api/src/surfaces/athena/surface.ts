import { API_KEY_HEADER, type Surface } from '../../http/surface.ts';
import { athenaError } from './errors.ts';

/** `/api/v1`, but for what is native there. */
export const athena: Surface = {
  errors: { type: 'application/json; charset=utf-8', body: athenaError },
  keys: API_KEY_HEADER,
  rateHeaders: {
    limit: 'x-rate-limit-limit',
    remaining: 'x-rate-limit-remaining',
    reset: 'x-rate-limit-reset',
  },
};
