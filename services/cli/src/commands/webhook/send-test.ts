import type { Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { printJson, printLine } from '../../print.ts';
import { printDelivery } from '../../render/print-delivery.ts';
import { endpointArgument } from './arguments.ts';

export function addWebhookTest(parent: Command): void {
  addApiCommand(parent, 'test', 'send an endpoint an event that means nothing', [
    'webhook test ENDPOINT',
  ])
    .addArgument(endpointArgument())
    .action((id: string, { json, ...options }: ApiOptions) =>
      callApi(options, async ({ usher, signal }) => {
        const delivery = await usher.webhookEndpoints.test(id, { signal });
        if (json) return printJson(delivery);
        printDelivery(delivery);
        printLine(`What becomes of it: usher delivery show ${delivery.id}`);
      }),
    );
}
