import { isAccessToken } from '@usher/directory';
import type { FastifyRequest } from 'fastify';
import type { Surface } from '../../http/surface.ts';

/** The API key or access token in `Authorization: Bearer …`. */
export function bearerOf({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  return /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

/** The key itself, or that of an access token which is still good; null for any other token. */
export const readCredential: Surface['keys']['read'] = (request, { accessTokens }) => {
  const bearer = bearerOf(request);
  return bearer !== undefined && isAccessToken(bearer) ? accessTokens.read(bearer) : bearer;
};
