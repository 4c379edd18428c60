import { PublicError } from '@usher/contracts';
import type { FastifyRequest } from 'fastify';

export const toGroupId = (uuid: string): string => encode('grp', uuid);
export const toOrganizationId = (uuid: string): string => encode('org', uuid);
export const toGroupMemberId = (uuid: string): string => encode('grpm', uuid);
export const toSyncId = (uuid: string): string => encode('grpmsr', uuid);

/**
 * The uuid of the group that the path names.
 * @throws {PublicError} `not_found`, as for a group that does not exist.
 */
export function groupIdOf({ params }: FastifyRequest): string {
  const uuid = decode('grp', (params as { id: string }).id);
  if (uuid === null) throw new PublicError('not_found', 'Group not found');
  return uuid;
}

/** That of the job behind the members sync; null: there is none of that id. */
export const syncIdOf = ({ params }: FastifyRequest): string | null =>
  decode('grpmsr', (params as { request_id: string }).request_id);

/** base64url of the uuid's 16 bytes: 22 characters, without padding. */
function encode(prefix: string, uuid: string): string {
  return `${prefix}_${Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url')}`;
}

/** One thing has one id: what is only nearly it is none. */
function decode(prefix: string, id: string): string | null {
  const bytes = Buffer.from(id.slice(prefix.length + 1), 'base64url');
  const uuid = bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  // Compared as a whole: decoding ignores what is no base64url, and spare bits of the last character.
  return bytes.length === 16 && encode(prefix, uuid) === id ? uuid : null;
}
