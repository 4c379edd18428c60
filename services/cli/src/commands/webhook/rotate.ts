import type { Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { printJson } from '../../print.ts';
import { printMadeEndpoint } from '../../render/print-endpoint.ts';
import { endpointArgument } from './arguments.ts';

export function addWebhookRotate(parent: Command): void {
  addApiCommand(
    parent,
    'rotate',
    'give an endpoint a new secret, shown this once; the old one signs beside it for 24 hours',
    ['webhook rotate ENDPOINT', 'webhook rotate ENDPOINT --json | jq -r .secret'],
  )
    .addArgument(endpointArgument())
    .action((id: string, { json, ...options }: ApiOptions) =>
      callApi(options, async ({ usher, signal }) => {
        const endpoint = await usher.webhookEndpoints.rotate(id, { signal });
        if (json) return printJson(endpoint);
        printMadeEndpoint(endpoint);
      }),
    );
}
