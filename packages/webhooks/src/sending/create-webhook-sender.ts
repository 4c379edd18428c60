import type { AddressPolicy } from '../addresses/address-policy.ts';
import { readUrl } from '../addresses/read-url.ts';
import type { Sealer } from '../secrets/seal.ts';
import { sign } from '../secrets/sign.ts';
import { createAgent } from './create-agent.ts';
import { notAllowed } from './dial-failure.ts';
import { exchange } from './exchange.ts';
import { judgeAnswer, judgeFailure } from './judge-exchange.ts';
import type { WebhookResult } from './webhook-result.ts';

/** `body`: the JSON as it is sent and signed, with every one of the secrets that can be opened. */
export interface Webhook {
  url: string;
  /** The `webhook-id`, the same over all attempts. */
  eventId: string;
  endpointId: string;
  body: string;
  sealedSecrets: readonly Buffer[];
}

export interface WebhookSender {
  /**
   * Signs one attempt, which is then made by calling what it returns: at once, since the time is part
   * of what is signed. Whatever the other side does is a result.
   *
   * @throws an Error when none of its secrets can be opened, or when there is none.
   */
  prepare(webhook: Webhook): (signal: AbortSignal) => Promise<WebhookResult>;
  /** Waits for what is under way, and closes all connections. */
  close(): Promise<void>;
}

/**
 * Sends webhooks by Standard Webhooks, to addresses that the policy allows, over connections of its
 * own. `timeoutMs` is for a whole attempt: connecting, headers, body; 15 s by default.
 */
export function createWebhookSender(
  options: AddressPolicy & { sealer: Sealer; timeoutMs?: number },
): WebhookSender {
  const { sealer, timeoutMs = 15_000, ...policy } = options;
  const agent = createAgent(policy, timeoutMs);

  const attempt = async (
    webhook: Webhook,
    headers: Record<string, string>,
    signal: AbortSignal,
  ) => {
    try {
      const read = readUrl(webhook.url, policy);
      if ('refusal' in read) throw notAllowed();
      const { origin, pathname, search } = read.url;
      const request = {
        origin,
        path: pathname + search,
        method: 'POST',
        headers,
        body: webhook.body,
      };
      return judgeAnswer(await exchange(agent, request, { timeoutMs, signal }));
    } catch (error) {
      return judgeFailure(error);
    }
  };

  let closing: Promise<void> | undefined;
  return {
    prepare(webhook) {
      const headers = headersOf(webhook, sealer);
      return async (signal) => {
        const start = performance.now();
        const verdict = await attempt(webhook, headers, signal);
        return { ...verdict, durationMs: Math.round(performance.now() - start) };
      };
    },
    close: () => (closing ??= agent.close()),
  };
}

function headersOf(webhook: Webhook, sealer: Sealer): Record<string, string> {
  const { eventId, endpointId, body, sealedSecrets } = webhook;
  const secrets = openSecrets(sealedSecrets, (sealed) => sealer.open(sealed, endpointId));
  const timestamp = Math.floor(Date.now() / 1000);
  return {
    'content-type': 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'Usher-Webhooks/1',
    'webhook-id': eventId,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': sign({ id: eventId, timestamp, body }, secrets),
  };
}

/** After a change of SECRET_KEY a rotated secret is enough: those from before open no more. */
function openSecrets(sealed: readonly Buffer[], open: (sealed: Buffer) => string): string[] {
  const failures: unknown[] = [];
  const opened = sealed.flatMap((each) => {
    try {
      return [open(each)];
    } catch (error) {
      failures.push(error);
      return [];
    }
  });
  if (opened.length === 0 && failures.length > 0) throw failures[0];
  return opened;
}
