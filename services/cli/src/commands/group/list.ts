import type { Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { printJson, printLine, printTable } from '../../print.ts';

interface Options extends ApiOptions {
  externalId?: string;
}

export function addGroupList(parent: Command): void {
  addApiCommand(parent, 'list', 'groups and how many websites they have', [
    'group list',
    "group list --external-id crm-7 --json | jq -r '.groups[].id'",
  ])
    .option('--external-id <id>', 'only the one with this external id; for partners')
    .action(({ externalId, json, ...options }: Options) =>
      callApi(options, async ({ usher, signal }) => {
        const groups = await usher.groups.list({ external_id: externalId }, { signal });
        if (json) return printJson({ groups });
        if (groups.length === 0) return printLine('No such groups.');
        printTable(
          ['group', 'name', 'websites', 'billing', 'external id'],
          groups.map((group) => [
            group.id,
            group.name,
            String(group.websites.length),
            group.billingEnabled ? 'on' : 'off',
            group.externalId ?? '',
          ]),
        );
      }),
    );
}
