import type { Plan } from '../plan/plan.ts';

/** One rule of one file, and the text that is there in its stead when its guard is switched off. */
export interface Replacement {
  /** From the root of the repository. */
  file: string;
  /** In the file exactly once. */
  find: string;
  replace: string;
}

/** Something that the product relies on, a way to be without it, and a trial that needs it. */
export interface Guard {
  name: string;
  /** What is not done when it is switched off. */
  without: string;
  replacements: Replacement[];
  /** Run in the trial's database before anything starts, with the guard on. */
  setting?: string;
  /** Run in the trial's database when the guard is off. */
  sql?: string;
  /** The invariants whose violation shows that it is missing. */
  shows: string[];
  /** A plan of the same seed that gives the guard something to do. */
  adjust(plan: Plan): Plan;
  limitMs: number;
  /** False: other guards hold what this one holds, and nothing need show. */
  alone: boolean;
}
