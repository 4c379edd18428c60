import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

const NDJSON = 'application/x-ndjson';

/** Whether the client asks for lines instead of a page. */
export const wantsLines = ({ headers }: FastifyRequest): boolean =>
  headers.accept?.includes(NDJSON) ?? false;

/**
 * Answer with a line for each item, read batch by batch as the client takes them, and no further once
 * it has gone. A HEAD reads nothing.
 */
export function sendLines<Item>(
  request: FastifyRequest,
  reply: FastifyReply,
  batches: AsyncIterable<readonly Item[]>,
): FastifyReply {
  // The framework would read all of it to throw it away.
  const lines = request.method === 'HEAD' ? [] : linesOf(batches);
  return reply.type(`${NDJSON}; charset=utf-8`).send(Readable.from(lines));
}

async function* linesOf(batches: AsyncIterable<readonly unknown[]>): AsyncGenerator<string> {
  for await (const batch of batches) {
    yield batch.map((item) => `${JSON.stringify(item)}\n`).join('');
  }
}
