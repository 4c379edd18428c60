import type { Migration } from 'kysely/migration';
import { up as organizationsAndDirectory } from './0001-organizations-and-directory.ts';
import { up as jobsAndTasks } from './0002-jobs-and-tasks.ts';
import { up as invitationsAndSendings } from './0003-invitations-and-sendings.ts';
import { up as unambiguousIndexes } from './0004-unambiguous-indexes.ts';
import { up as twoBigStatements } from './0005-two-big-statements.ts';
import { up as billing } from './0006-billing.ts';
import { up as webhooks } from './0007-webhooks.ts';
import { up as jobControl } from './0008-job-control.ts';
import { up as auditLog } from './0010-audit-log.ts';
import { up as failuresOfARound } from './0011-failures-of-a-round.ts';
import { up as auditLogIndexes } from './0012-audit-log-indexes.ts';
import { up as groupTreeAndAttributes } from './0013-group-tree-and-attributes.ts';
import { up as organizationInvites } from './0014-organization-invites.ts';
import { up as invitesOutliveGroups } from './0015-invites-outlive-groups.ts';
import { up as rosters } from './0016-rosters.ts';
import { up as waitingByGate } from './0017-waiting-by-gate.ts';
import { up as waitingByLane } from './0018-waiting-by-lane.ts';

/** Every migration, in order. A landed one is never edited: add another. */
export const migrations: Record<string, Migration> = {
  '0001-organizations-and-directory': { up: organizationsAndDirectory },
  '0002-jobs-and-tasks': { up: jobsAndTasks },
  '0003-invitations-and-sendings': { up: invitationsAndSendings },
  '0004-unambiguous-indexes': { up: unambiguousIndexes },
  '0005-two-big-statements': { up: twoBigStatements },
  '0006-billing': { up: billing },
  '0007-webhooks': { up: webhooks },
  '0008-job-control': { up: jobControl },
  '0010-audit-log': { up: auditLog },
  '0011-failures-of-a-round': { up: failuresOfARound },
  '0012-audit-log-indexes': { up: auditLogIndexes },
  '0013-group-tree-and-attributes': { up: groupTreeAndAttributes },
  '0014-organization-invites': { up: organizationInvites },
  '0015-invites-outlive-groups': { up: invitesOutliveGroups },
  '0016-rosters': { up: rosters },
  '0017-waiting-by-gate': { up: waitingByGate },
  '0018-waiting-by-lane': { up: waitingByLane },
};
