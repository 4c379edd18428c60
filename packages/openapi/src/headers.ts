import type {
  AnswerHeader,
  Operation,
  RequestHeader,
  SurfaceName,
} from '@usher/contracts/operations';
import type { ZodOpenApiComponentsObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { SURFACE_TEXTS } from './surfaces.ts';

type Headers = NonNullable<ZodOpenApiComponentsObject['headers']>;
type AnswerHeaders = NonNullable<ZodOpenApiResponseObject['headers']>;
type Parameters = NonNullable<ZodOpenApiComponentsObject['parameters']>;

/** Names of components have no hyphens, for tools that make words of code of them. */
const componentName = (header: string) => header.replaceAll('-', '');

const text = (description: string) => ({ description, schema: { type: 'string' } }) as const;
const number = (description: string) =>
  ({ description, schema: { type: 'integer', minimum: 0 } }) as const;

const ANSWER_HEADERS: Record<AnswerHeader | 'X-Request-Id', Headers[string]> = {
  'Cache-Control': text('Whether the answer may be kept'),
  ETag: text('A weak tag of what is shown; send it as If-None-Match'),
  'Idempotent-Replayed': {
    description: 'Answered from an earlier request under the same Idempotency-Key',
    schema: { type: 'string', const: 'true' },
  },
  Location: {
    description: 'Where the job, or what was made, is found',
    schema: { type: 'string', format: 'uri-reference' },
  },
  'Preference-Applied': text('What of Prefer was heeded'),
  'Retry-After': number('Seconds until it is worth asking again'),
  'X-Request-Id': text('Name it when something went wrong'),
};

const CONNECT_HEADERS: Headers = {
  'Retry-After-Ms': number('Milliseconds until it is worth asking again, less than a minute'),
  'X-Should-Retry': {
    description: 'A repeat would come to the same',
    schema: { type: 'string', const: 'false' },
  },
};

const REQUEST_HEADERS: Record<RequestHeader, { description: string; schema: object }> = {
  'Idempotency-Key': {
    description: 'Makes a repeat safe: 1 to 255 printable ASCII characters, bare or quoted',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[ -~]+$' },
  },
  Prefer: {
    description:
      '`respond-async`: answer 202 at once; `wait=N`: wait up to N seconds, 60 at most, before that',
    schema: { type: 'string' },
  },
  'If-None-Match': {
    description: 'The ETag of what is known: 304 if it is still that',
    schema: { type: 'string' },
  },
  'Last-Event-ID': {
    description: 'The id of the last event that was seen: goes on after it',
    schema: { type: 'string' },
  },
};

const rateHeaders = (surface: SurfaceName): Headers => {
  const { limit, remaining, reset } = SURFACE_TEXTS[surface].rateHeaders;
  return {
    [limit]: number('Requests that the organization has in a minute'),
    [remaining]: number('How many of them are left'),
    [reset]: number('When the next minute begins, in unix seconds'),
  };
};

const byComponentName = <Item>(items: Record<string, Item>): Record<string, Item> =>
  Object.fromEntries(Object.entries(items).map(([name, item]) => [componentName(name), item]));

/** Every header that a surface's answers may carry, as components. */
export function headerComponents(surface: SurfaceName, operations: readonly Operation[]): Headers {
  const own = operations.flatMap(({ answers }) =>
    Object.values(answers).flatMap(({ headers = [] }) => headers),
  );
  const used = new Set<string>([...own, 'Retry-After', 'X-Request-Id']);
  return byComponentName({
    ...Object.fromEntries(Object.entries(ANSWER_HEADERS).filter(([name]) => used.has(name))),
    ...rateHeaders(surface),
    ...(surface === 'connect' && CONNECT_HEADERS),
  });
}

export function parameterComponents(operations: readonly Operation[]): Parameters {
  const used = new Set(operations.flatMap(({ headers = [] }) => headers));
  return byComponentName(
    Object.fromEntries(
      [...used].map((name) => [
        name,
        { name, in: 'header' as const, required: false, ...REQUEST_HEADERS[name] },
      ]),
    ),
  );
}

export const parameterReference = (header: RequestHeader) => ({
  $ref: `#/components/parameters/${componentName(header)}` as const,
});

const reference = (header: string) => ({
  $ref: `#/components/headers/${componentName(header)}` as const,
});
const references = (names: readonly string[]): AnswerHeaders =>
  Object.fromEntries(names.map((name) => [name, reference(name)]));

/** The headers of an answer: its own, and those of every answer. */
export function answerHeaders(
  surface: SurfaceName,
  own: readonly AnswerHeader[],
  counted: boolean,
): AnswerHeaders {
  const rate = counted ? Object.keys(rateHeaders(surface)) : [];
  return references([...own, ...rate, 'X-Request-Id']);
}

/** What is refused before preferences are read. */
const BEFORE = new Set([401, 403, 408, 413, 415, 431]);

/** Those of an error: it may say when to ask again. */
export function errorHeaders(
  surface: SurfaceName,
  status: number,
  operations: readonly Operation[],
): AnswerHeaders {
  const preferring = operations.some(({ headers = [] }) => headers.includes('Prefer'));
  const waits = status === 409 || status === 429 || status >= 502;
  const connect = surface === 'connect';
  return references([
    ...(waits ? ['Retry-After'] : []),
    ...(preferring && !BEFORE.has(status) ? ['Preference-Applied', 'Idempotent-Replayed'] : []),
    ...(connect && waits ? ['Retry-After-Ms'] : []),
    ...(connect && status === 409 ? ['X-Should-Retry'] : []),
    ...Object.keys(rateHeaders(surface)),
    'X-Request-Id',
  ]);
}
