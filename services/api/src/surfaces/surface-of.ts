import type { Surface } from '../http/surface.ts';
import { athena } from './athena/surface.ts';
import { connect } from './connect/surface.ts';
import { konstantly } from './konstantly/surface.ts';
import { native } from './native/surface.ts';

/** By path; the first that fits. */
const SURFACES: ReadonlyArray<[paths: RegExp, surface: Surface]> = [
  [/^\/openapi\/v1(?:[/?]|$)/, konstantly],
  [/^\/v1(?:[/?]|$)/, connect],
  [
    /^\/api\/v1\/(?:jobs|imports|webhook-endpoints|deliveries|invitations|audit-log)(?:[/?]|$)/,
    native,
  ],
  [/^\/api\/v1(?:[/?]|$)/, athena],
];

/** Whose a URL is; undefined: it is nobody's. */
export function findSurface(url: string): Surface | undefined {
  const path = pathOf(url);
  return SURFACES.find(([paths]) => paths.test(path))?.[1];
}

/** As routes are found: of a whole URL the path alone, however needlessly it is encoded. */
const pathOf = (url: string): string =>
  url
    .replace(/^https?:\/\/[^/?#]*/i, '')
    .replace(/%([2-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)));

/** How to answer there: what is nobody's, Athena answers. */
export const surfaceOf = (url: string): Surface => findSurface(url) ?? athena;
