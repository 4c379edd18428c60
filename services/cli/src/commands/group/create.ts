import { text } from '@usher/contracts';
import type { Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { as, collectIds } from '../../parse-arguments.ts';
import { printJson } from '../../print.ts';
import { printGroup } from '../../render/print-group.ts';

interface Options extends ApiOptions {
  name: string;
  website: string[];
  externalId?: string;
  billing?: boolean;
}

export function addGroupCreate(parent: Command): void {
  addApiCommand(parent, 'create', 'make a group of websites', [
    'group create --name Sales --website ID --website ID',
    'group create --name Sales --website ID --billing --external-id crm-7',
  ])
    .requiredOption('--name <name>', 'its name', as(text(1, 255)))
    .requiredOption('--website <id...>', 'what is in it', collectIds)
    .option('--external-id <id>', 'what you call it; for partners', as(text(1, 255)))
    .option('--billing', 'with a billing entity; without one there is no group')
    .action(({ name, website, externalId, billing = false, json, ...options }: Options) =>
      callApi(options, async ({ usher, signal }) => {
        const group = await usher.groups.create(
          {
            name,
            website_ids: website,
            billing_enabled: billing,
            ...(externalId !== undefined && { external_id: externalId }),
          },
          { signal },
        );
        if (json) return printJson({ group });
        printGroup(group);
      }),
    );
}
