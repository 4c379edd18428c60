import { streamEvents, webhookEvents } from '@usher/contracts';
import type { SurfaceName } from '@usher/contracts/operations';
import { faultsOf, findAnswer, type DocumentedAnswer } from './documents.ts';
import { findOperation } from './find-operation.ts';

export interface Exchange {
  method: string;
  /** With its query. */
  path: string;
  status: number;
  headers: Headers;
  text: string;
}

/** What says something, and so must be documented. */
const TELLING = [
  'etag',
  'idempotent-replayed',
  'location',
  'preference-applied',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
];

/** Where each document keeps the body of its errors, and of what type that is. */
const ERRORS: Record<SurfaceName, { schema: string; type: string }> = {
  athena: { schema: 'Error', type: 'application/json' },
  connect: { schema: 'Error', type: 'application/json' },
  konstantly: { schema: 'Error', type: 'application/json' },
  native: { schema: 'Problem', type: 'application/problem+json' },
};

/**
 * Hold an answer against the OpenAPI document of its surface.
 * @throws an `Error` that says what is not in it: status, media type, body, header.
 */
export function checkAnswer(exchange: Exchange): void {
  const path = exchange.path.split('?', 1)[0] as string;
  const found = findOperation(exchange.method, path);
  if (!found) return;
  const { surface, operation } = found;
  if (!operation) return checkRefusal(surface, exchange);
  const documented = findAnswer(surface, [operation.path, operation.method, exchange.status]);
  if (!documented) throw outside(exchange, `${operation.operationId} has no such status`);
  checkHeaders(exchange, documented.answer);
  if (exchange.method === 'HEAD') return;
  const { content } = documented.answer;
  if (!content) {
    if (exchange.text !== '') throw outside(exchange, 'no body is documented');
    return;
  }
  const type = typeOf(exchange);
  if (!(type in content)) throw outside(exchange, `the media type ${type} is not documented`);
  const place = [...documented.at, 'content', type, 'schema'];
  for (const value of valuesOf(exchange, type)) {
    const faults = faultsOf(surface, place, value);
    if (faults) throw outside(exchange, faults);
  }
}

/** @throws where the data of a server-sent event is not what the document says of its type. */
export function checkStreamEvent(type: string, data: unknown): void {
  checkComponent(streamEvents, type, data);
}

/** @throws where the body of a webhook is not what the document says of its type. */
export function checkWebhook(body: { type: string }): void {
  checkComponent(webhookEvents, body.type, body);
}

function checkComponent(
  events: Record<string, { meta(): { id?: string } | undefined }>,
  type: string,
  value: unknown,
): void {
  const component = events[type]?.meta()?.id;
  if (component === undefined) throw new Error(`outside the document: an event ${type}`);
  const faults = faultsOf('native', ['components', 'schemas', component], value);
  if (faults) throw new Error(`outside the document: ${type}: ${faults}: ${JSON.stringify(value)}`);
}

/** Where there is no route an error is all that there is. */
function checkRefusal(surface: SurfaceName, exchange: Exchange): void {
  if (exchange.status < 400) throw outside(exchange, 'there is no such operation');
  if (exchange.method === 'HEAD') return;
  const { schema, type } = ERRORS[surface];
  if (typeOf(exchange) !== type) throw outside(exchange, `its media type is not ${type}`);
  const faults = faultsOf(surface, ['components', 'schemas', schema], JSON.parse(exchange.text));
  if (faults) throw outside(exchange, faults);
}

function checkHeaders(exchange: Exchange, { headers = {} }: DocumentedAnswer): void {
  const known = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const strange = TELLING.filter((name) => exchange.headers.has(name) && !known.has(name));
  if (strange.length > 0) throw outside(exchange, `undocumented headers: ${strange.join(', ')}`);
}

const typeOf = ({ headers }: Exchange): string =>
  (headers.get('content-type') ?? '').split(';', 1)[0] as string;

function valuesOf({ text }: Exchange, type: string): unknown[] {
  if (/[/+]json$/.test(type)) return [JSON.parse(text)];
  if (type !== 'application/x-ndjson') return [text];
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

const outside = ({ method, path, status, text }: Exchange, why: string) =>
  new Error(`outside the document: ${method} ${path} → ${status}: ${why}\n${text.slice(0, 2_000)}`);
