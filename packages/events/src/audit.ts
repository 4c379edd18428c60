import type { AuditAction } from '@usher/contracts';
import { newId, type Database } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import { shortJson } from './short-json.ts';

/** Who does something. */
export interface Actor {
  apiKeyId: string | null;
  /** Of the request by which it was asked for. */
  requestId: string | null;
}

/** Whoever uses the command line, or we ourselves. */
export const NO_KEY: Actor = { apiKeyId: null, requestId: null };

export interface AuditEntry {
  orgId: string;
  by: Actor;
  action: AuditAction;
  resourceId: string;
  /** What was true until now and is no more; no key, token or secret, and of URLs what `shownUrl` shows. */
  before: object | null;
  /** What is true from now on; the same holds. */
  after: object | null;
}

/**
 * Write down what was done, in the transaction that does it. What changes nothing is not written down.
 * Long lists and texts are cut short, as `shortJson` says.
 * @throws outside a transaction: entry and change are one commit, or neither is.
 */
export async function audit(trx: Kysely<Database>, ...entries: AuditEntry[]): Promise<void> {
  if (!trx.isTransaction) throw new Error('an audit entry is written with the change it speaks of');
  if (entries.length === 0) return;
  const json = (value: object | null) => (value === null ? null : shortJson(value));
  await sql`
    insert into audit_log
      (id, org_id, api_key_id, action, resource_type, resource_id, before, after, request_id)
    select id, org_id, api_key_id, action, split_part(action, '.', 1), resource_id, before, after,
      request_id
    from unnest(
      ${entries.map(() => newId())}::uuid[],
      ${entries.map(({ orgId }) => orgId)}::uuid[],
      ${entries.map(({ by }) => by.apiKeyId)}::uuid[],
      ${entries.map(({ action }) => action)}::text[],
      ${entries.map(({ resourceId }) => resourceId)}::uuid[],
      ${entries.map(({ before }) => json(before))}::jsonb[],
      ${entries.map(({ after }) => json(after))}::jsonb[],
      ${entries.map(({ by }) => by.requestId)}::text[]
    ) as entry (id, org_id, api_key_id, action, resource_id, before, after, request_id)`.execute(
    trx,
  );
}

/** The fields in which two looks at one thing differ, as each of them had it. */
export function difference<Look extends object>(
  before: Look,
  after: Look,
): { before: Partial<Look>; after: Partial<Look> } {
  const differs = (name: string) =>
    JSON.stringify(before[name as keyof Look]) !== JSON.stringify(after[name as keyof Look]);
  const names = Object.keys(after).filter(differs);
  const pick = (look: Look) =>
    Object.fromEntries(Object.entries(look).filter(([name]) => names.includes(name)));
  return { before: pick(before) as Partial<Look>, after: pick(after) as Partial<Look> };
}

/** A URL, or an address without its protocol, without what may be a credential: user and query. */
export const shownUrl = (url: string): string =>
  url
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/?#]*@/i, '$1')
    .replace(/\?.*$/s, '?…')
    .replace(/#.*$/s, '');
