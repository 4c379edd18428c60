import type { Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { printJson } from '../../print.ts';
import { printInvitation } from '../../render/print-invitation.ts';
import { invitationArgument } from './arguments.ts';

export function addInvitationResend(parent: Command): void {
  addApiCommand(
    parent,
    'resend',
    'send the email of an invitation once more, under the same link',
    ['invitation resend INVITATION'],
  )
    .addArgument(invitationArgument())
    .action((id: string, { json, ...options }: ApiOptions) =>
      callApi(options, async ({ usher, signal }) => {
        const invitation = await usher.invitations.resend(id, { signal });
        if (json) return printJson(invitation);
        printInvitation(invitation);
      }),
    );
}
