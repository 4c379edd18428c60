import type { Surface } from '../../http/surface.ts';
import { athena } from '../athena/surface.ts';
import { connectError, retryHeaders } from './errors.ts';
import { readCredential } from './credential.ts';

/** `/v1`. */
export const connect: Surface = {
  errors: { type: 'application/json; charset=utf-8', body: connectError, headers: retryHeaders },
  keys: {
    name: 'API key or access token',
    place: 'in the Authorization header, after "Bearer"',
    read: readCredential,
  },
  rateHeaders: athena.rateHeaders,
};
