import type { Command } from 'commander';
import { addWebhookCreate } from './create.ts';
import { addWebhookDelete } from './delete.ts';
import { addWebhookEnable } from './enable.ts';
import { addWebhookList } from './list.ts';
import { addWebhookRotate } from './rotate.ts';
import { addWebhookTest } from './send-test.ts';

export function addWebhook(program: Command): void {
  const webhook = program.command('webhook').description('Webhook endpoints, through the API');
  addWebhookList(webhook);
  addWebhookCreate(webhook);
  addWebhookEnable(webhook);
  addWebhookRotate(webhook);
  addWebhookTest(webhook);
  addWebhookDelete(webhook);
}
