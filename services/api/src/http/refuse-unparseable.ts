import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PublicError, type ErrorCode } from '@usher/contracts';
import { newId } from '@usher/db';
import type { FastifyBaseLogger } from 'fastify';
import { surfaceOf } from '../surfaces/surface-of.ts';

const REFUSALS: Record<string, [code: ErrorCode, message: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in time'],
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The URL and the headers are too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['too_large', 'The chunk extensions are too large'],
};
const NO_HTTP = ['invalid_request', 'This is not valid HTTP'] as const;

/** What node adds to the error: the bytes that its parser was at. */
type ParserError = Error & { code?: string; rawPacket?: unknown };

/**
 * Answers what is no HTTP, or too much of it, on the bare socket, and hangs up: in the shape of the
 * surface whose path can still be made out, and with no word of what was sent.
 */
export function refuseUnparseable(
  logger: FastifyBaseLogger,
): (error: ParserError, socket: Socket) => void {
  return ({ code = '', rawPacket }, socket) => {
    if (code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const [kind, message] = REFUSALS[code] ?? NO_HTTP;
    const error = new PublicError(kind, message);
    const { status } = error;
    const requestId = newId();
    const { errors } = surfaceOf(urlIn(rawPacket));
    const body = JSON.stringify(errors.body(error, requestId));
    socket.write(
      [
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
        `content-type: ${errors.type}`,
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

/** The beginning of the URL in a request line; '' where there is none. */
function urlIn(bytes: unknown): string {
  const start = Buffer.isBuffer(bytes) ? bytes.toString('latin1', 0, 100) : '';
  return /^[A-Z]+ ([^ ]+)/.exec(start)?.[1] ?? '';
}
