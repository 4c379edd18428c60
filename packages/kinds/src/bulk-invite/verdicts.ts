import type { Target, TargetResult } from '@usher/jobs';
import type { BulkInviteInput } from './input.ts';

type TargetKind = BulkInviteInput['target'];

const named: Record<TargetKind, string> = {
  website: 'Website',
  group: 'Group',
  organization: 'Organization',
};

/** Every way in which a target can end, in the words that clients of the reference read. */
export const verdicts = {
  added: (of: TargetKind) => ({ code: 'added', message: `User added to ${of}` }),
  invited: () => ({ code: 'invited', message: 'Invitation sent' }),
  not_found: (of: TargetKind) => ({ code: 'not_found', message: `${named[of]} not found` }),
  already_member: (of: TargetKind) => ({
    code: 'already_member',
    message: `User is already a member of this ${of}`,
  }),
  already_invited: (of: TargetKind) => ({
    code: 'already_invited',
    message: `An invitation to this ${of} is already pending`,
  }),
};

export function succeed(
  target: Target,
  verdict: { code: string; message: string },
  detail: Record<string, string>,
): TargetResult {
  return { ...target, ...verdict, status: 'succeeded', detail };
}

export function fail(target: Target, verdict: { code: string; message: string }): TargetResult {
  return { ...target, ...verdict, status: 'failed' };
}
