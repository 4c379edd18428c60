export { createUsher, type Usher, type UsherOptions } from './create-usher.ts';
export {
  isUsherConnectionError,
  isUsherError,
  UsherConnectionError,
  UsherError,
  UsherTimeoutError,
  type UsherErrorCode,
} from './errors.ts';
export type { Page, Paged, PageQuery } from './paging.ts';
export type { MadeWebhookEndpoint } from './resources/webhook-endpoints.ts';
export type { JobHandle } from './resources/job-handle.ts';
export type { ExportOptions } from './streams/export-list.ts';
export type { WaitOptions } from './streams/wait-for-job.ts';
export type { JobEvent, WatchOptions } from './streams/watch-job.ts';
export type { CallOptions, WriteOptions } from './transport/call.ts';
export type * from './types.ts';
export type * from './webhooks/events.ts';
export { webhooks, type VerifyOptions, type WebhookHeaders } from './webhooks/index.ts';
export {
  WebhookVerificationError,
  type VerificationFailure,
} from './webhooks/verification-error.ts';
