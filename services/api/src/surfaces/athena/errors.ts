import type { PublicError } from '@usher/contracts';
import type { FastifyReply } from 'fastify';

/** Athena's error body: a message, the fields at fault, the resource in the way. */
export function sendAthenaError(reply: FastifyReply, error: PublicError): FastifyReply {
  return reply
    .code(error.status)
    .type('application/json; charset=utf-8')
    .send({
      error: error.message,
      // The one that an operator, not the caller, can mend: worth telling apart.
      ...(error.code === 'billing_not_configured' && { code: error.code }),
      ...(error.details && { details: error.details }),
      ...(error.existing && { existing: error.existing }),
    });
}
