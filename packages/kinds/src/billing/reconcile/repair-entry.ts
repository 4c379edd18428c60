import type { AuditAction } from '@usher/contracts';
import { NO_KEY, type AuditEntry } from '@usher/events';

type Verb = Extract<AuditAction, `billing_entity.${string}`>;

/** What the audit log says of a repair. Nobody's key repairs: it is asked for on the command line. */
export const repairEntry = (
  action: Verb,
  orgId: string,
  groupId: string,
  looks: Pick<AuditEntry, 'before' | 'after'>,
): AuditEntry => ({ orgId, by: NO_KEY, action, resourceId: groupId, ...looks });
