import type { SurfaceName } from '@usher/contracts/operations';
import { createDocument } from '@usher/openapi';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** An answer as a document tells of it, its references followed. */
export interface DocumentedAnswer {
  headers?: Record<string, unknown>;
  content?: Record<string, { schema: object }>;
}

const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
addFormats.default(ajv);
// What JSON Schema calls an address that need not be ASCII.
ajv.addFormat('idn-email', /^[^\s@]+@[^\s@]+$/u);

// oxlint-disable-next-line typescript/no-explicit-any -- a document is walked by pointers
type Json = any;
const documents = new Map<SurfaceName, Json>();
const validators = new Map<string, ValidateFunction>();

function documentOf(surface: SurfaceName): Json {
  const known = documents.get(surface);
  if (known) return known;
  const document = JSON.parse(JSON.stringify(createDocument(surface)));
  documents.set(surface, document);
  ajv.addSchema(document, surface);
  return document;
}

const escape = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1');
const pointerOf = (parts: readonly string[]) => parts.map((part) => `/${escape(part)}`).join('');

/** What stands at a place, and where: a reference leads on. */
function look(surface: SurfaceName, parts: readonly string[]): { value: Json; at: string[] } {
  const document = documentOf(surface);
  let value: Json = document;
  let at: string[] = [];
  for (const part of parts) {
    value = value?.[part];
    at = [...at, part];
    if (typeof value?.$ref === 'string') {
      at = value.$ref.slice(2).split('/');
      value = at.reduce((within: Json, key) => within?.[key], document);
    }
  }
  return { value, at };
}

/** Undefined: the document knows no such status of that operation. */
export function findAnswer(
  surface: SurfaceName,
  [path, method, status]: [path: string, method: string, status: number],
): { answer: DocumentedAnswer; at: string[] } | undefined {
  const { value, at } = look(surface, ['paths', path, method, 'responses', String(status)]);
  return value && { answer: value, at };
}

/** What is wrong with a value, by the schema at a place of a document; nothing: ''. */
export function faultsOf(surface: SurfaceName, place: readonly string[], value: unknown): string {
  documentOf(surface);
  const key = `${surface}#${pointerOf(place)}`;
  const validate = validators.get(key) ?? ajv.compile({ $ref: encodeURI(key) });
  validators.set(key, validate);
  if (validate(value)) return '';
  return ajv.errorsText(validate.errors, { dataVar: 'body' });
}
