import type { Operation, SurfaceName } from '@usher/contracts/operations';
import fc, { type Arbitrary } from 'fast-check';
import { arbitraryOf, type Place, type Schema } from './arbitrary-of.ts';
import { Pools } from './pools.ts';
import { spoiled } from './spoil.ts';

export type Caller = 'global' | 'scoped' | 'reader' | 'none' | 'wrong';

/** A request before it is known what there is to name in it. */
export interface Generated {
  caller: Caller;
  params: Record<string, unknown>;
  query: unknown;
  headers: Record<string, string>;
  /** Undefined: none. */
  body: unknown;
  /** In place of the body. */
  rawBody: string | undefined;
}

/** What a document says of an operation. */
export interface Described {
  parameters?: Array<{ in?: string; name?: string; required?: boolean; schema?: Schema }>;
  requestBody?: { content: Record<string, { schema: Schema }> };
}

/** Where nothing exists yet, everything borrowed is what it is otherwise. */
const NOTHING = new Pools();

const GARBAGE = fc.constantFrom(
  'x',
  '\u0000',
  '%',
  'ü',
  '0',
  '-1',
  '1e9',
  ' ',
  '9'.repeat(40),
  'a/b',
);
const RAW = fc.constantFrom(
  '',
  '{',
  'null',
  '[]',
  '"x"',
  '1',
  '{"a":1}}',
  '\ufeff{}',
  'a=1&b=2',
  '{"__proto__":{}}',
);

/** Requests that an operation should take, nearly ones, and ones that make no sense. */
export function requestsOf(
  surface: SurfaceName,
  operation: Operation,
  described: Described,
  resolve: Place['resolve'],
): Arbitrary<Generated> {
  const place = (key: string): Place => ({ prefix: surface, key, resolve });
  const resource = operation.path.split('/')[1] ?? '';
  const named = (kind: string) => described.parameters?.filter((each) => each.in === kind) ?? [];
  const params = fc.record(
    Object.fromEntries(
      named('path').map(({ name = '', schema = {} }) => [
        name,
        mostly(arbitraryOf(schema, place(name === 'id' ? resource : name)), GARBAGE),
      ]),
    ),
  );
  const query = fc.record(
    Object.fromEntries(
      named('query').map(({ name = '', schema = {} }) => [
        name,
        mostly(arbitraryOf(schema, place(name)), fc.oneof(GARBAGE, fc.constant(['1', '2']))),
      ]),
    ),
    {
      requiredKeys: named('query').flatMap(({ name, required }) => (required ? [name ?? ''] : [])),
    },
  );
  const schema = described.requestBody?.content['application/json']?.schema;
  const body = schema ? arbitraryOf(schema, place(resource)) : fc.constant(undefined);
  // What no schema says, such as that one of two is needed, the contract itself knows.
  const valid = body.filter(
    (value) => operation.body?.safeParse(NOTHING.fill(value)).success ?? true,
  );
  return fc.record({
    caller: fc.oneof(
      { weight: 20, arbitrary: fc.constant<Caller>('global') },
      { weight: 1, arbitrary: fc.constantFrom<Caller>('scoped', 'reader', 'none', 'wrong') },
    ),
    params,
    query,
    headers: headersOf(operation),
    body: fc.oneof(
      { weight: 10, arbitrary: valid },
      { weight: 3, arbitrary: schema ? valid.chain(spoiled) : body },
      { weight: 1, arbitrary: schema ? fc.jsonValue({ maxDepth: 2 }) : body },
    ),
    rawBody: fc.oneof(
      { weight: 20, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: RAW },
    ),
  });
}

const mostly = <Value>(usual: Arbitrary<Value>, odd: Arbitrary<unknown>) =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: odd });

/** Who waits for billing or for invites must wait long enough: else it is told of a failure, rightly. */
const PATIENT = new Set(['createGroup', 'updateGroup', 'createInvites']);

function headersOf({ headers = [], operationId, answers }: Operation) {
  const wait = PATIENT.has(operationId) ? 'wait=30' : 'wait=1';
  const lines = Object.values(answers).some(
    ({ content = {} }) => 'application/x-ndjson' in content,
  );
  return fc
    .record(
      {
        ...(headers.includes('Idempotency-Key') && {
          'idempotency-key': fc.oneof(
            fc.constantFrom('one', '"one"', 'two', '""', 'k'.repeat(256), '" '),
            fc.uuid(),
          ),
        }),
        ...(headers.includes('Prefer') && {
          prefer: fc.constantFrom('respond-async', wait, `respond-async, ${wait}`, 'wait=x', ',;='),
        }),
        ...(headers.includes('If-None-Match') && {
          'if-none-match': fc.constantFrom('*', '"x"', 'W/"x", "y"', ','),
        }),
        ...(headers.includes('Last-Event-ID') && {
          'last-event-id': fc.constantFrom('0', 'x', '1:1:0', '-', '9'.repeat(40)),
        }),
        ...(lines && { accept: fc.constantFrom('application/x-ndjson', '*/*') }),
        'content-type': fc.oneof(
          { weight: 30, arbitrary: fc.constant('application/json') },
          { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/xml', 'x') },
        ),
      },
      { requiredKeys: ['content-type'] },
    )
    .map((given) => given as Record<string, string>);
}

/** A value as it stands in a path or a query. */
export const written = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
