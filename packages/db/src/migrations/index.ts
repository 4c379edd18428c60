import type { Migration } from 'kysely/migration';
import * as organizationsAndDirectory from './0001-organizations-and-directory.ts';
import * as jobsAndTasks from './0002-jobs-and-tasks.ts';
import * as invitationsAndSendings from './0003-invitations-and-sendings.ts';

/** Every migration, in order. A landed one is never edited: add another. */
export const migrations: Record<string, Migration> = {
  '0001-organizations-and-directory': organizationsAndDirectory,
  '0002-jobs-and-tasks': jobsAndTasks,
  '0003-invitations-and-sendings': invitationsAndSendings,
};
