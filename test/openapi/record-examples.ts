import {
  BASE_PATHS,
  JSON_TYPE,
  OPERATIONS,
  type Operation,
  type SurfaceName,
} from '@usher/contracts/operations';
import type { Stage } from '../generative/stage.ts';
import { createSettler } from './settle-values.ts';

export interface Recorded {
  request?: unknown;
  answers: Record<string, Record<string, unknown>>;
}
export type Recordings = Record<SurfaceName, Record<string, Recorded>>;

export interface Asked {
  params?: Record<string, string | number>;
  query?: Record<string, string>;
  body?: object;
  headers?: Record<string, string>;
}

// Bodies of every shape; a wrong guess makes the story fail.
// oxlint-disable-next-line typescript/no-explicit-any
type Body = any;

/** Makes requests by their operations' names, and keeps what they are answered, as examples. */
export function createRecorder({ system, target, receiver }: Stage) {
  const recordings: Recordings = { athena: {}, connect: {}, konstantly: {}, native: {} };
  const settle = createSettler({
    [receiver.url]: 'https://example.com',
    'http://usher.test': 'https://usher.example.com',
  });
  const key = target.keys.global ?? '';

  return Object.assign(record, { recordings });

  /** @throws where the answer is not the success that is documented. */
  async function record(
    surface: SurfaceName,
    operationId: string,
    asked: Asked = {},
  ): Promise<Body> {
    const operation = OPERATIONS[surface].find((each) => each.operationId === operationId);
    if (!operation) throw new Error(`there is no operation ${operationId}`);
    const { body, headers } = asked;
    const answer = await system.call(
      operation.method.toUpperCase(),
      pathOf(surface, operation, asked),
      {
        key: surface === 'connect' ? null : key,
        ...(body && { body }),
        headers: {
          ...headers,
          ...(surface === 'connect' && { authorization: `Bearer ${key}` }),
        },
      },
    );
    if (answer.status >= 300) {
      throw new Error(`${operationId}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    const known = (recordings[surface][operationId] ??= { answers: {} });
    if (body && known.request === undefined) known.request = settle(body);
    const content = operation.answers[answer.status]?.content ?? {};
    if (JSON_TYPE in content) {
      known.answers[answer.status] ??= { [JSON_TYPE]: settle(answer.body) };
    }
    return answer.body;
  }
}

function pathOf(
  surface: SurfaceName,
  { path }: Operation,
  { params = {}, query = {} }: Asked,
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name]));
  const search = new URLSearchParams(query);
  return `${BASE_PATHS[surface]}${filled}${search.size > 0 ? `?${search.toString()}` : ''}`;
}
