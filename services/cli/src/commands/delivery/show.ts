import type { Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { printJson } from '../../print.ts';
import { printDeliveryDetails } from '../../render/print-delivery.ts';
import { deliveryArgument } from './arguments.ts';

export function addDeliveryShow(parent: Command): void {
  addApiCommand(parent, 'show', 'one delivery, with every attempt and what was sent', [
    'delivery show DELIVERY',
    "delivery show DELIVERY --json | jq '.log[-1]'",
  ])
    .addArgument(deliveryArgument())
    .action((id: string, { json, ...options }: ApiOptions) =>
      callApi(options, async ({ usher, signal }) => {
        const delivery = await usher.deliveries.get(id, { signal });
        if (json) return printJson(delivery);
        printDeliveryDetails(delivery);
      }),
    );
}
