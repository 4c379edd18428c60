import type { Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { printJson, printLine } from '../../print.ts';
import { printEndpoint } from '../../render/print-endpoint.ts';
import { endpointArgument } from './arguments.ts';

export function addWebhookEnable(parent: Command): void {
  addApiCommand(parent, 'enable', 'send to an endpoint again', ['webhook enable ENDPOINT'])
    .addArgument(endpointArgument())
    .action((id: string, { json, ...options }: ApiOptions) =>
      callApi(options, async ({ usher, signal }) => {
        const endpoint = await usher.webhookEndpoints.enable(id, { signal });
        if (json) return printJson(endpoint);
        printEndpoint(endpoint);
        printLine(`What it missed: usher delivery list --endpoint ${id} --state disabled`);
      }),
    );
}
