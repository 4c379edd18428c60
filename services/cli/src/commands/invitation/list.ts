import { email, uuid } from '@usher/contracts';
import type { Invitation } from '@usher/sdk';
import { Option, type Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { addPageOptions, readPage, toPage, type PageOptions } from '../../page-options.ts';
import { as } from '../../parse-arguments.ts';
import { printJson, printLine, printTable } from '../../print.ts';
import { describeTime } from '../../render/describe-time.ts';
import { paintState } from '../../render/paint-state.ts';
import { describeInvites } from '../../render/print-invitation.ts';

interface Options extends ApiOptions, PageOptions {
  email?: string;
  state?: Invitation['state'];
  job?: string;
}

export function addInvitationList(parent: Command): void {
  const command = addApiCommand(parent, 'list', 'invitations by email, newest first', [
    'invitation list --state pending',
    "invitation list --email ann@example.com --json | jq -r '.invitations[0].id'",
  ])
    .option('--email <address>', 'of this address', as(email))
    .addOption(
      new Option('--state <state>', 'only these').choices([
        'pending',
        'accepted',
        'revoked',
        'expired',
      ]),
    )
    .option('--job <id>', 'of this job', as(uuid));
  addPageOptions(command).action((options: Options) =>
    callApi(options, async ({ usher, signal }) => {
      const { json, state, job } = options;
      const filter = { email: options.email, state, job_id: job };
      const list = usher.invitations.list({ ...filter, ...toPage(options) }, { signal });
      const { items: invitations, next_cursor } = await readPage(list, json);
      if (json) return printJson({ invitations, next_cursor });
      if (invitations.length === 0) return printLine('No such invitations.');
      printTable(
        ['invitation', 'address', 'state', 'targets', 'created'],
        invitations.map((each) => [
          each.id,
          each.email,
          each.state,
          describeInvites(each),
          describeTime(each.created_at),
        ]),
        { state: paintState },
      );
    }),
  );
}
