import type { MadeWebhookEndpoint, WebhookEndpoint } from '@usher/sdk';
import { colors } from '../colors.ts';
import { printFields, printLine } from '../print.ts';
import { describeTime } from './describe-time.ts';

/** One endpoint, for a person. */
export function printEndpoint(endpoint: WebhookEndpoint): void {
  printFields([
    ['endpoint', endpoint.id],
    ['url', endpoint.url],
    ['events', endpoint.event_types.join(', ')],
    ['in order', endpoint.in_order ? 'yes' : 'no'],
    ['state', stateOfEndpoint(endpoint)],
    ['reason', endpoint.disabled_reason],
    ['failing since', describeTime(endpoint.failing_since)],
    ['created', describeTime(endpoint.created_at)],
  ]);
}

/** The same, with the secret that no other answer has. */
export function printMadeEndpoint(endpoint: MadeWebhookEndpoint): void {
  printEndpoint(endpoint);
  if (endpoint.secret === undefined) {
    return printLine(`Its secret was lost on the way. Next: usher webhook rotate ${endpoint.id}`);
  }
  printLine(`  ${colors.bold(endpoint.secret)}`);
  printLine('Keep this secret now: it cannot be shown again.');
}

export const stateOfEndpoint = ({ enabled }: WebhookEndpoint): string =>
  enabled ? 'enabled' : 'disabled';
