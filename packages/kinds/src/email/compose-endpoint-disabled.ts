import type { Database, Sending } from '@usher/db';
import { sql, type Kysely } from 'kysely';
import type { EndpointDisabledContent } from './mailer.ts';

/** The purpose of a sending whose subject is an endpoint that we, not its owner, disabled. */
export const ENDPOINT_DISABLED = 'endpoint-disabled';

type Row = Omit<EndpointDisabledContent, 'template' | 'endpointUrl'>;

/** What the email says of its endpoint; null where that was deleted, or is enabled again. */
export async function composeEndpointDisabled(
  db: Kysely<Database>,
  sending: Pick<Sending, 'org_id' | 'subject_id'>,
  endpointUrl: (endpointId: string) => string,
): Promise<EndpointDisabledContent | null> {
  const { rows } = await sql<Row>`
    select organizations.name as organization, endpoint.url, endpoint.disabled_reason as reason,
      endpoint.disabled_at as "disabledAt", endpoint.failing_since as "failingSince"
    from webhook_endpoints as endpoint
    join organizations on organizations.id = endpoint.org_id
    where endpoint.org_id = ${sending.org_id} and endpoint.id = ${sending.subject_id}
      and endpoint.disabled_at is not null and endpoint.deleted_at is null`.execute(db);
  const [endpoint] = rows;
  if (!endpoint) return null;
  return {
    template: 'endpoint-disabled',
    ...endpoint,
    endpointUrl: endpointUrl(sending.subject_id),
  };
}
