export { addCallback, type NewCallback } from './add-callback.ts';
export { audit, difference, NO_KEY, shownUrl, type Actor, type AuditEntry } from './audit.ts';
export { bodyOf } from './body-of.ts';
export { changeEndpoint, enableEndpoint, type EndpointChange } from './change-endpoint.ts';
export { createEndpoint, type NewEndpoint } from './create-endpoint.ts';
export { pageOf, readCursor } from './cursor.ts';
export { deleteEndpoint } from './delete-endpoint.ts';
export {
  isInOrder,
  noteInterruption,
  prepareDeliveries,
  recordDeliveries,
  type DeliveryKey,
  type DeliveryOutcome,
  type PreparedDelivery,
  type Told,
} from './deliver.ts';
export { disableEndpoint, endDeliveries, type Disabled } from './disable-endpoint.ts';
export { listDeliveries, requireDeliveryDetails } from './find-deliveries.ts';
export { listEndpoints, requireEndpoint } from './find-endpoints.ts';
export { reopenGate } from './gates.ts';
export type { Seal } from './insert-endpoint.ts';
export { pruneEvents } from './prune-events.ts';
export { publishEvents, WEBHOOK, type EventDraft } from './publish-events.ts';
export { eachAuditEntries, listAuditLog } from './read-audit-log.ts';
export { recoverEndpoint, replayEvent, replayRange } from './replay-deliveries.ts';
export { replayBatch } from './replay-batch.ts';
export { replayDelivery } from './replay-delivery.ts';
export { rotateSecret } from './rotate-secret.ts';
export { shortJson } from './short-json.ts';
export { testEndpoint } from './test-endpoint.ts';
