import { ATHENA_CREDITS } from './athena-credits.ts';
import { ATHENA_GROUPS } from './athena-groups.ts';
import { ATHENA_INVITES } from './athena-invites.ts';
import { ATHENA_WEBSITES } from './athena-websites.ts';
import type { Operation } from './operation.ts';

export const ATHENA_OPERATIONS: Operation[] = [
  ...ATHENA_GROUPS,
  ...ATHENA_CREDITS,
  ...ATHENA_WEBSITES,
  ...ATHENA_INVITES,
];
