import { createDocument, type Document } from '@usher/openapi';
import openapiTS, { astToString } from 'openapi-typescript';
import { format } from 'oxfmt';

const HEAD = `// Made from the OpenAPI documents by write-types.ts: not to be edited.\n\n`;
/** As .oxfmtrc.json has it. */
const STYLE = { singleQuote: true, printWidth: 100 };
/** What remains of a document that has no paths, and the one that would hide a global. */
const UNWANTED = /^export type (paths|webhooks|\$defs|operations) = .*\n/gm;

interface Parameter {
  in: string;
  name: string;
  description?: string;
  schema: object;
}
type Answers = Record<string, { content?: Record<string, { schema?: object }> }>;

/**
 * The types of everything that the SDK sends and receives, as TypeScript: each schema of the documents of
 * Athena's and the native resources under its name there; the query of `listJobs` as `ListJobsQuery`, and
 * its answer, where that has no name of its own, as `ListJobsAnswer`.
 */
export async function createTypes(): Promise<string> {
  const documents = [createDocument('athena'), createDocument('native')];
  const parts = documents.flatMap((each) => [shapesOf(each), schemasOf(each)]);
  const schemas = Object.assign({}, ...parts) as object;
  const info = { title: '', version: '' };
  const whole = { openapi: '3.1.0', info, paths: {}, components: { schemas } };
  const tree = await openapiTS(JSON.stringify(whole), {
    // A default is what may be left out.
    defaultNonNullable: false,
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
  });
  const text = astToString(tree).replaceAll(UNWANTED, '');
  const source = HEAD + text.replace(/^export interface/m, 'interface');
  const { code, errors } = await format('api.ts', source, STYLE);
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return code;
}

/** Athena's errors would hide the global `Error`. */
const schemasOf = ({ components }: Document): object =>
  Object.fromEntries(
    Object.entries(components?.schemas ?? {}).map(([name, schema]) => [
      name === 'Error' ? 'AthenaError' : name,
      schema,
    ]),
  );

function shapesOf({ paths }: Document): object {
  const operations = Object.values(paths ?? {}).flatMap(
    ({ get, post, patch, put, delete: remove }) =>
      [get, post, patch, put, remove].flatMap((each) => each ?? []),
  );
  const shapes: Record<string, object> = {};
  for (const { operationId = '', parameters = [], responses } of operations) {
    const name = operationId.charAt(0).toUpperCase() + operationId.slice(1);
    const query = (parameters as Parameter[]).filter((each) => each.in === 'query');
    if (query.length > 0) shapes[`${name}Query`] = queryOf(query);
    const answer = answerOf(responses as Answers);
    if (answer && !('$ref' in answer)) shapes[`${name}Answer`] = answer;
  }
  return shapes;
}

const queryOf = (parameters: Parameter[]): object => ({
  type: 'object',
  properties: Object.fromEntries(
    parameters.map(({ name, description, schema }) => [name, { description, ...schema }]),
  ),
  required: parameters
    .filter((each) => 'required' in each && each.required)
    .map(({ name }) => name),
});

/** Of the first status that says success in JSON. */
const answerOf = (responses: Answers): object | undefined =>
  Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([, { content }]) => content?.['application/json']?.schema)
    .find((schema) => schema !== undefined);
