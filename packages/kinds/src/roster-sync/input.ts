import { describeIssue, rosterPerson, type RosterBody, type RosterPerson } from '@usher/contracts';

/** What a roster-sync job remembers of its request, beside its group; the roster has a row of its own. */
export interface RosterInput {
  members: number;
}

export const rosterInputOf = (job: { input: object }): RosterInput => job.input as RosterInput;

/** One who shall be on the roster. */
export interface RosterMember extends RosterPerson {
  reference_id: string;
}

/** One who cannot be put on it, and why. Is one there by that reference, they stay as they are. */
export interface RefusedMember {
  reference_id: string;
  reason: string;
}

export type AskedMember = RosterMember | RefusedMember;

/** Check each member by itself, in the order of the request. */
export function parseRoster({ members }: RosterBody): AskedMember[] {
  return members.map(({ reference_id, ...person }) => {
    const { data, error } = rosterPerson.safeParse(person);
    if (data) return { reference_id, ...data };
    const reasons = error.issues.map((issue) => `${issue.path.join('.')} ${describeIssue(issue)}`);
    return { reference_id, reason: reasons.join('; ') };
  });
}
