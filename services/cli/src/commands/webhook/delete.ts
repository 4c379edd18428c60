import type { Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { printJson, printLine } from '../../print.ts';
import { endpointArgument } from './arguments.ts';

export function addWebhookDelete(parent: Command): void {
  addApiCommand(parent, 'delete', 'delete an endpoint for good', ['webhook delete ENDPOINT'])
    .addArgument(endpointArgument())
    .action((id: string, { json, ...options }: ApiOptions) =>
      callApi(options, async ({ usher, signal }) => {
        await usher.webhookEndpoints.delete(id, { signal });
        if (json) return printJson({ id, deleted: true });
        printLine(`Endpoint ${id} is deleted.`);
      }),
    );
}
