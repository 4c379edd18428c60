import { streamEvents } from '@usher/contracts';
import {
  BASE_PATHS,
  OPERATIONS,
  type Answer,
  type Operation,
  type SurfaceName,
} from '@usher/contracts/operations';
import {
  createDocument as convert,
  type CreateDocumentOptions,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import { errorComponents, errorResponses } from './errors.ts';
import { exampleOf } from './examples.ts';
import {
  answerHeaders,
  headerComponents,
  parameterComponents,
  parameterReference,
} from './headers.ts';
import { SURFACE_TEXTS } from './surfaces.ts';
import { webhooks } from './webhooks.ts';

export type Document = ReturnType<typeof convert>;

const VERSION = '1.0.0';
const SECURITY = 'key';

/** The OpenAPI 3.1 document of a surface, from the schemas that its requests are validated by. */
export function createDocument(surface: SurfaceName): Document {
  const { title, description, tags, key } = SURFACE_TEXTS[surface];
  const operations = OPERATIONS[surface];
  const native = surface === 'native';
  return convert(
    {
      openapi: '3.1.0',
      info: {
        title,
        version: VERSION,
        description,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: BASE_PATHS[surface], description: 'This server' }],
      security: [{ [SECURITY]: [] }],
      tags,
      paths: pathsOf(surface, operations),
      ...(native && { webhooks: webhooks() }),
      components: {
        securitySchemes: { [SECURITY]: key },
        headers: headerComponents(surface, operations),
        parameters: parameterComponents(operations),
        responses: errorComponents(surface, operations),
        ...(native && { schemas: Object.fromEntries(streamSchemas()) }),
      },
    },
    OPTIONS,
  );
}

const OPTIONS: CreateDocumentOptions = {
  // A format says it better than zod's expressions do, and no one need know how far whole numbers go.
  override: ({ jsonSchema }) => {
    if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  },
};

function pathsOf(surface: SurfaceName, operations: readonly Operation[]): ZodOpenApiPathsObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operation of operations) {
    (paths[operation.path] ??= {})[operation.method] = describe(surface, operation);
  }
  return paths;
}

function describe(surface: SurfaceName, operation: Operation): ZodOpenApiOperationObject {
  const { operationId, tag, summary, description, access, params, query, body } = operation;
  const request = exampleOf(surface, operationId)?.request;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...(access.open && { security: [] }),
    ...((params || query) && {
      requestParams: { ...(params && { path: params }), ...(query && { query }) },
    }),
    ...(operation.headers && { parameters: operation.headers.map(parameterReference) }),
    ...(body && {
      requestBody: {
        required: !body.safeParse({}).success,
        content: {
          'application/json': {
            schema: body,
            ...(request !== undefined && { example: request }),
          },
        },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(operation.answers).map(([status, answer]) => [
          status,
          describeAnswer(surface, operation, [status, answer]),
        ]),
      ),
      ...errorResponses(operation),
    },
  };
}

function describeAnswer(
  surface: SurfaceName,
  { operationId, access }: Operation,
  [status, { description, content, headers = [] }]: [status: string, answer: Answer],
): ZodOpenApiResponseObject {
  const examples = exampleOf(surface, operationId)?.answers[status];
  return {
    description,
    headers: answerHeaders(surface, headers, !access.open),
    ...(content && {
      content: Object.fromEntries(
        Object.entries(content).map(([type, schema]) => [
          type,
          { schema, ...(examples?.[type] !== undefined && { example: examples[type] }) },
        ]),
      ),
    }),
  };
}

/** What no answer has as its body, but a stream as its data. */
const streamSchemas = () =>
  Object.values(streamEvents).map((schema) => [schema.meta()?.id, schema] as const);
