import { findGroupByNumber, type Group } from '@usher/directory';
import type { FastifyRequest } from 'fastify';
import type { Context } from '../../context.ts';
import { notFound, readNumber } from './read-number.ts';

/** The group whose number is in the path. @throws {PublicError} `not_found`. */
export async function requireGroup(
  db: Context['db'],
  { caller, params }: FastifyRequest,
): Promise<Group> {
  const group = await findGroupByNumber(db, caller.orgId, readNumber(params, 'Group'));
  if (!group) throw notFound('Group');
  return group;
}
