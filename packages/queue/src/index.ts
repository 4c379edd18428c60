export {
  createQueue,
  type Consumer,
  type Message,
  type Queue,
  type QueueOptions,
} from './create-queue.ts';
export { LANES, type Lane } from './lanes.ts';
export { assertQueueSchema, migrateQueue, QueueSchemaOutdatedError } from './migrate-queue.ts';
