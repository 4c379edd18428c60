import type { Command } from 'commander';
import { addApiCommand } from '../../api/api-command.ts';
import { callApi, type ApiOptions } from '../../api/call-api.ts';
import { printJson } from '../../print.ts';
import { printDelivery } from '../../render/print-delivery.ts';
import { deliveryArgument } from './arguments.ts';

export function addDeliveryReplay(parent: Command): void {
  addApiCommand(parent, 'replay', 'send one delivery again, under the same webhook-id', [
    'delivery replay DELIVERY',
  ])
    .addArgument(deliveryArgument())
    .action((id: string, { json, ...options }: ApiOptions) =>
      callApi(options, async ({ usher, signal }) => {
        const delivery = await usher.deliveries.replay(id, { signal });
        if (json) return printJson(delivery);
        printDelivery(delivery);
      }),
    );
}
