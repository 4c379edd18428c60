import type { Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { printJson } from '../../print.ts';
import { printInvitation } from '../../render/print-invitation.ts';
import { invitationArgument } from './arguments.ts';

export function addInvitationShow(parent: Command): void {
  addApiCommand(parent, 'show', 'one invitation, with the state of its targets in counts', [
    'invitation show INVITATION',
  ])
    .addArgument(invitationArgument())
    .action((id: string, { json, ...options }: ApiOptions) =>
      callApi(options, async ({ usher, signal }) => {
        const invitation = await usher.invitations.get(id, { signal });
        if (json) return printJson(invitation);
        printInvitation(invitation);
      }),
    );
}
