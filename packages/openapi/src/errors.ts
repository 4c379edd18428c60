import { ERRORS, type ErrorCode } from '@usher/contracts';
import { errorsOf, type Operation, type SurfaceName } from '@usher/contracts/operations';
import type { ZodOpenApiComponentsObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { errorHeaders } from './headers.ts';
import { SURFACE_TEXTS } from './surfaces.ts';

type Responses = NonNullable<ZodOpenApiComponentsObject['responses']>;

/** The codes of one status, in a stable order: one answer of the document. */
function byStatus(operation: Operation): Map<number, ErrorCode[]> {
  return Map.groupBy(errorsOf(operation).toSorted(), (code) => ERRORS[code].status);
}

const pascal = (code: string) =>
  code.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
const nameOf = (codes: readonly ErrorCode[]) => codes.map(pascal).join('Or');

/** What operations may be refused with, by status. */
export function errorResponses(operation: Operation): ZodOpenApiResponsesObject {
  return Object.fromEntries(
    [...byStatus(operation)].map(([status, codes]) => [
      String(status),
      { $ref: `#/components/responses/${nameOf(codes)}` },
    ]),
  );
}

/** Those answers themselves, each once. */
export function errorComponents(surface: SurfaceName, operations: readonly Operation[]): Responses {
  const { errorBody, errorType } = SURFACE_TEXTS[surface];
  const found: Responses = {};
  for (const operation of operations) {
    for (const [status, codes] of byStatus(operation)) {
      found[nameOf(codes)] = {
        description: codes.map((code) => `${ERRORS[code].title} (\`${code}\`)`).join(', or '),
        headers: errorHeaders(surface, status, operations),
        content: { [errorType]: { schema: errorBody } },
      };
    }
  }
  return found;
}
