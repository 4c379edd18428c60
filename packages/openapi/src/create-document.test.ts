import {
  OPERATIONS,
  SURFACES,
  type Operation,
  type SurfaceName,
} from '@usher/contracts/operations';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createDocument } from './create-document.ts';

/** As much of a document's schemas as is looked at here. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  format?: string;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
}

const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;
function shapeOf(schema: z.ZodType | undefined): Record<string, z.ZodType> {
  if (schema instanceof z.ZodPipe) return shapeOf(schema.in as z.ZodType);
  return schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {};
}

const takesNull = ({ type, anyOf }: Schema): boolean =>
  [type].flat().includes('null') || (anyOf?.some(takesNull) ?? false);

function lookAt(surface: SurfaceName, { path, method }: Operation) {
  const { paths, components } = createDocument(surface);
  const { parameters = [], requestBody } = paths?.[path]?.[method] ?? {};
  const body = (requestBody as { content: Record<string, { schema: Schema }> } | undefined)
    ?.content;
  const { $ref = '' } = body?.['application/json']?.schema ?? {};
  return {
    parameters: parameters as Array<{ name?: string; schema?: Schema }>,
    properties: (components?.schemas?.[$ref.split('/').at(-1) ?? ''] as Schema | undefined)
      ?.properties,
  };
}

test.each(SURFACES)('%s says of every number in a query that it is one', (surface) => {
  for (const operation of OPERATIONS[surface]) {
    const { parameters } = lookAt(surface, operation);
    for (const [name, schema] of Object.entries(shapeOf(operation.query))) {
      if (!takes(schema, '1') || takes(schema, 'x')) continue;
      const documented = parameters.find((each) => each.name === name)?.schema;
      expect([operation.operationId, name, documented?.type]).toEqual([
        operation.operationId,
        name,
        'integer',
      ]);
    }
  }
});

test.each(SURFACES)('%s says of everything that may be null in a body that it may', (surface) => {
  for (const operation of OPERATIONS[surface]) {
    const { properties = {} } = lookAt(surface, operation);
    const nullable = Object.entries(shapeOf(operation.body)).filter(([, each]) =>
      takes(each, null),
    );
    const documented = Object.keys(properties).filter((name) => takesNull(properties[name] ?? {}));
    expect([operation.operationId, documented.toSorted()]).toEqual([
      operation.operationId,
      nullable.map(([name]) => name).toSorted(),
    ]);
  }
});
