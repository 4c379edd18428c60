import type { ConnectGroupResource } from '@usher/contracts';
import type { Group } from '@usher/directory';
import { toGroupId, toOrganizationId } from './ids.ts';

export function toGroup(group: Group): ConnectGroupResource {
  return {
    id: toGroupId(group.id),
    organization_id: toOrganizationId(group.orgId),
    name: group.name,
    // Clients take it for a string, always.
    external_reference_id: group.externalId ?? '',
    created_at: group.createdAt.toISOString(),
    updated_at: group.updatedAt.toISOString(),
  };
}
