import type { Contestant } from './contestant.ts';
import { usualWay } from './peers/bullmq.ts';
import { graphileWorker } from './peers/graphile-worker.ts';
import { pgBoss } from './peers/pg-boss.ts';
import { theLimit } from './the-limit.ts';
import { usher, usherOneLargeJob } from './usher.ts';

export const LIMIT = theLimit.name;
export const USUAL_WAY = usualWay.name;

/** Everybody who takes part, in the order of the table. */
export const contestants: readonly Contestant[] = [
  usher('redis'),
  usher('postgres'),
  usherOneLargeJob('redis'),
  usualWay,
  graphileWorker,
  pgBoss,
  theLimit,
];
