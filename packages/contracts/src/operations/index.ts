import { athenaOperations } from './athena.ts';
import { connectOperations } from './connect.ts';
import { konstantlyOperations } from './konstantly.ts';
import { nativeOperations } from './native.ts';
import type { Operation } from './operation.ts';

export { errorsOf, JSON_TYPE, NDJSON_TYPE, STREAM_TYPE } from './operation.ts';
export type { Access, Answer, AnswerHeader, Operation, RequestHeader } from './operation.ts';

export const SURFACES = ['athena', 'connect', 'konstantly', 'native'] as const;
export type SurfaceName = (typeof SURFACES)[number];

/** Every route of every surface. */
export const OPERATIONS: Record<SurfaceName, readonly Operation[]> = {
  athena: athenaOperations,
  connect: connectOperations,
  konstantly: konstantlyOperations,
  native: nativeOperations,
};

/** Where a surface's paths begin. */
export const BASE_PATHS: Record<SurfaceName, string> = {
  athena: '/api/v1',
  connect: '/v1',
  konstantly: '/openapi/v1',
  native: '/api/v1',
};
