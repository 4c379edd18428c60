import { text } from '@usher/contracts';
import type { ChangeGroup } from '@usher/sdk';
import { Option, type Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { as, collectIds } from '../../parse-arguments.ts';
import { printJson } from '../../print.ts';
import { printGroupWithWebsites } from '../../render/print-group.ts';
import { groupArgument } from './arguments.ts';

interface Options extends ApiOptions {
  name?: string;
  addWebsite?: string[];
  removeWebsite?: string[];
  /** False: `--no-external-id`. */
  externalId?: string | false;
  billing?: 'on' | 'off';
}

export function addGroupUpdate(parent: Command): void {
  addApiCommand(parent, 'update', 'change a group: all that is named, or nothing', [
    'group update GROUP --name Sales --add-website ID',
    'group update GROUP --billing on',
    'group update GROUP --no-external-id',
  ])
    .addArgument(groupArgument())
    .option('--name <name>', 'its new name', as(text(1, 255)))
    .option('--add-website <id...>', 'put these in', collectIds)
    .option('--remove-website <id...>', 'take these out', collectIds)
    .option('--external-id <id>', 'what you call it; for partners', as(text(1, 255)))
    .option('--no-external-id', 'it has no external id any more')
    .addOption(new Option('--billing <state>', 'its billing').choices(['on', 'off']))
    .action((id: string, { json, ...options }: Options) => {
      const change = toChange(options);
      return callApi(options, async ({ usher, signal }) => {
        const group = await usher.groups.update(id, change, { signal });
        if (json) return printJson({ group });
        printGroupWithWebsites(group);
      });
    });
}

/** @throws {CommandFailed} where nothing is to change. */
function toChange(options: Options): ChangeGroup {
  const { name, addWebsite, removeWebsite, externalId, billing } = options;
  const change: ChangeGroup = {
    ...(name !== undefined && { name }),
    ...(addWebsite && { add_website_ids: addWebsite }),
    ...(removeWebsite && { remove_website_ids: removeWebsite }),
    ...(externalId !== undefined && { external_id: externalId === false ? null : externalId }),
    ...(billing && { billing_enabled: billing === 'on' }),
  };
  if (Object.keys(change).length > 0) return change;
  throw new CommandFailed('usage', 'name what is to change. See: usher group update --help');
}
