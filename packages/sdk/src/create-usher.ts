import { createAuditLog } from './resources/audit-log.ts';
import { createCredits } from './resources/credits.ts';
import { createDeliveries } from './resources/deliveries.ts';
import { createGroups } from './resources/groups.ts';
import { createInvitations } from './resources/invitations.ts';
import { createInvites } from './resources/invites.ts';
import { createJobs } from './resources/jobs.ts';
import { createMembers } from './resources/members.ts';
import { createWebhookEndpoints } from './resources/webhook-endpoints.ts';
import { createWebsites } from './resources/websites.ts';
import { createTransport } from './transport/transport.ts';

export interface UsherOptions {
  apiKey: string;
  /** Where the API is, without `/api/v1`: `https://usher.example.com`. */
  baseUrl: string;
  /** In place of the global one. */
  fetch?: typeof fetch | undefined;
  /** For one try of a request, in milliseconds; 60 s. A bulk invite alone may take 30 s. */
  timeoutMs?: number | undefined;
  /** For all tries of a request and the pauses between them, in milliseconds; 3 minutes. */
  totalTimeoutMs?: number | undefined;
  /** How many tries may follow the first; 3. */
  maxRetries?: number | undefined;
}

export type Usher = ReturnType<typeof createUsher>;

/**
 * A client of one Usher, for one key. It holds nothing open.
 *
 * Requests that fail for a passing reason (no answer, 408, 425, 429, 5xx) are tried again, POST and PATCH
 * under an idempotency key, so that they take effect once.
 * @throws TypeError for options that cannot be.
 */
export function createUsher(options: UsherOptions) {
  const { apiKey, baseUrl, timeoutMs = 60_000, totalTimeoutMs = 180_000, maxRetries = 3 } = options;
  // What no header may hold would pass for a broken connection, time and again.
  if (!/^[\x21-\x7e]+$/.test(apiKey ?? '')) throw new TypeError('apiKey is missing, or not a key');
  const base = `${checkUrl(baseUrl).replace(/\/+$/, '')}/api/v1`;
  const fetch = options.fetch ?? ((...request) => globalThis.fetch(...request));
  const transport = createTransport({ apiKey, base, fetch, timeoutMs, totalTimeoutMs, maxRetries });
  return {
    invites: createInvites(transport),
    groups: createGroups(transport),
    websites: createWebsites(transport),
    members: createMembers(transport),
    credits: createCredits(transport),
    jobs: createJobs(transport),
    invitations: createInvitations(transport),
    webhookEndpoints: createWebhookEndpoints(transport),
    deliveries: createDeliveries(transport),
    auditLog: createAuditLog(transport),
  };
}

function checkUrl(baseUrl: string): string {
  // fetch takes none, and errors would show them.
  if (/^[^/]*\/\/[^/]*@/.test(baseUrl)) {
    throw new TypeError('baseUrl must hold no name and no password');
  }
  // What nothing can be sent to would pass for a broken connection, too.
  if (!/^https?:\/\/[^/?#]+[^?#]*$/.test(baseUrl ?? '') || !URL.canParse(baseUrl)) {
    throw new TypeError(`baseUrl must be like https://usher.example.com, not ${baseUrl}`);
  }
  return baseUrl;
}
