import type { Actor } from '@usher/events';
import type { FastifyRequest } from 'fastify';

/** Who does what this request asks for, as the audit log names them. */
export const actorOf = ({ caller, id }: FastifyRequest): Actor => ({
  apiKeyId: caller.keyId,
  requestId: id,
});
