import { verify } from './verify.ts';

export type { VerifyOptions, WebhookHeaders } from './verify.ts';

/** What receives webhooks; it needs no client, and no key but the endpoint's secret. */
export const webhooks = { verify };
