import type { Invitation } from '@usher/sdk';
import { printFields } from '../print.ts';
import { describeTime } from './describe-time.ts';

/** One invitation, for a person. */
export function printInvitation(invitation: Invitation): void {
  printFields([
    ['invitation', invitation.id],
    ['address', invitation.email],
    ['job', invitation.job_id],
    ['state', invitation.state],
    ['targets', describeInvites(invitation)],
    ['email', invitation.email_state],
    ['created', describeTime(invitation.created_at)],
    ['expires', describeTime(invitation.expires_at)],
    ['accepted', describeTime(invitation.accepted_at)],
  ]);
}

/** `3 in all, 2 accepted, 1 pending`. */
export function describeInvites({ targets: { total, ...states } }: Invitation): string {
  const some = Object.entries(states).filter(([, many]) => many > 0);
  return [`${total} in all`, ...some.map(([state, many]) => `${many} ${state}`)].join(', ');
}
