import type { Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { printJson } from '../../print.ts';
import { printGroupWithWebsites } from '../../render/print-group.ts';
import { groupArgument } from './arguments.ts';

export function addGroupShow(parent: Command): void {
  addApiCommand(parent, 'show', 'one group with its websites', [
    'group show GROUP',
    "group show GROUP --json | jq -r '.group.websites[].id'",
  ])
    .addArgument(groupArgument())
    .action((id: string, { json, ...options }: ApiOptions) =>
      callApi(options, async ({ usher, signal }) => {
        const group = await usher.groups.get(id, { signal });
        if (json) return printJson({ group });
        printGroupWithWebsites(group);
      }),
    );
}
