import { EVENT_TYPES } from '@usher/contracts';
import type { CreateWebhookEndpoint } from '@usher/sdk';
import { Option, type Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { printJson } from '../../print.ts';
import { printMadeEndpoint } from '../../render/print-endpoint.ts';

interface Options extends ApiOptions {
  url: string;
  event?: NonNullable<CreateWebhookEndpoint['event_types']>;
  inOrder?: boolean;
}

export function addWebhookCreate(parent: Command): void {
  addApiCommand(parent, 'create', 'register an endpoint; its secret is shown this once', [
    'webhook create --url https://hooks.example.com/usher',
    'webhook create --url https://hooks.example.com/usher --event job.completed --in-order',
  ])
    .requiredOption('--url <url>', 'where events go: https, on a public address')
    .addOption(
      new Option(
        '--event <type...>',
        'only these types; without it, all but job.target_failed',
      ).choices(EVENT_TYPES),
    )
    .option('--in-order', 'strictly one delivery after the other')
    .action(({ url, event, inOrder = false, json, ...options }: Options) =>
      callApi(options, async ({ usher, signal }) => {
        const made = await usher.webhookEndpoints.create(
          { url, in_order: inOrder, ...(event && { event_types: event }) },
          { signal },
        );
        if (json) return printJson(made);
        printMadeEndpoint(made);
      }),
    );
}
