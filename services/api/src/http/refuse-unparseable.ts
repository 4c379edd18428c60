import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { newId } from '@usher/db';
import type { FastifyBaseLogger } from 'fastify';

/** Where the parser gave up no surface is known: Athena's shape, and no word of what was sent. */
const REFUSALS: Record<string, [status: number, message: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time'],
  HPE_HEADER_OVERFLOW: [431, 'The URL and the headers are too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions are too large'],
};

/** Answers what is no HTTP, or too much of it, on the bare socket, and hangs up. */
export function refuseUnparseable(
  logger: FastifyBaseLogger,
): (error: NodeJS.ErrnoException, socket: Socket) => void {
  return ({ code = '' }, socket) => {
    if (code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const [status, error] = REFUSALS[code] ?? [400, 'This is not valid HTTP'];
    const requestId = newId();
    const body = JSON.stringify({ error });
    socket.write(
      [
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
        'content-type: application/json; charset=utf-8',
        `content-length: ${Buffer.byteLength(body)}`,
        `x-request-id: ${requestId}`,
        'connection: close',
        '',
        body,
      ].join('\r\n'),
    );
    socket.destroySoon();
    // Never the error itself: it carries the bytes that were sent, keys among them.
    logger.info({ request_id: requestId, status, code }, 'request');
  };
}
