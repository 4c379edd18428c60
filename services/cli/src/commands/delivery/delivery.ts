import type { Command } from 'commander';
import { addDeliveryList } from './list.ts';
import { addDeliveryReplay } from './replay.ts';
import { addDeliveryShow } from './show.ts';

export function addDelivery(program: Command): void {
  const delivery = program.command('delivery').description('The log of webhooks, through the API');
  addDeliveryList(delivery);
  addDeliveryShow(delivery);
  addDeliveryReplay(delivery);
}
