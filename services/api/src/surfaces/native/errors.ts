import { ERRORS, type PublicError } from '@usher/contracts';
import type { FastifyReply } from 'fastify';

/** RFC 9457: `application/problem+json`, with our stable code and a pointer to each field at fault. */
export function sendProblem(reply: FastifyReply, error: PublicError): FastifyReply {
  return reply
    .code(error.status)
    .type('application/problem+json')
    .send({
      type: 'about:blank',
      title: ERRORS[error.code].title,
      status: error.status,
      code: error.code,
      detail: error.message,
      request_id: reply.request.id,
      ...(error.details && {
        errors: error.details.map(({ path, message }) => ({
          pointer: path === '' ? '#' : `#/${path.split('.').map(escapePointer).join('/')}`,
          code: 'invalid',
          message,
        })),
      }),
    });
}

const escapePointer = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1');
