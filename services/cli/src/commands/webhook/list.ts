import type { Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { addPageOptions, readPage, toPage, type PageOptions } from '../../page-options.ts';
import { printJson, printLine, printTable } from '../../print.ts';
import { paintState } from '../../render/paint-state.ts';
import { stateOfEndpoint } from '../../render/print-endpoint.ts';

export function addWebhookList(parent: Command): void {
  const command = addApiCommand(parent, 'list', 'webhook endpoints, newest first', [
    'webhook list',
    "webhook list --json | jq -r '.webhook_endpoints[] | select(.enabled | not) | .id'",
  ]);
  addPageOptions(command).action((options: ApiOptions & PageOptions) =>
    callApi(options, async ({ usher, signal }) => {
      const list = usher.webhookEndpoints.list(toPage(options), { signal });
      const { items, next_cursor } = await readPage(list, options.json);
      if (options.json) return printJson({ webhook_endpoints: items, next_cursor });
      if (items.length === 0) return printLine('No endpoints yet.');
      printTable(
        ['endpoint', 'state', 'url', 'events'],
        items.map((each) => [
          each.id,
          stateOfEndpoint(each),
          each.url,
          each.event_types.join(', '),
        ]),
        { state: paintState },
      );
    }),
  );
}
