import type { Command } from 'commander';
import { addInvitationList } from './list.ts';
import { addInvitationResend } from './resend.ts';
import { addInvitationRevoke } from './revoke.ts';
import { addInvitationShow } from './show.ts';

export function addInvitation(program: Command): void {
  const invitation = program.command('invitation').description('Invitations, through the API');
  addInvitationList(invitation);
  addInvitationShow(invitation);
  addInvitationRevoke(invitation);
  addInvitationResend(invitation);
}
