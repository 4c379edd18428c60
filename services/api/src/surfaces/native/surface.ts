import type { Surface } from '../../http/surface.ts';
import { athena } from '../athena/surface.ts';
import { problem } from './errors.ts';

/** The resources that no other product has, beside Athena's under `/api/v1`. */
export const native: Surface = {
  errors: { type: 'application/problem+json', body: problem },
  keys: athena.keys,
  rateHeaders: athena.rateHeaders,
};
