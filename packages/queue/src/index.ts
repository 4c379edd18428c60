export {
  createQueue,
  type Consumer,
  type Message,
  type Queue,
  type QueueOptions,
} from './create-queue.ts';
export { inspectQueue, type QueueFacts } from './inspect-queue.ts';
export { LANES, type Lane } from './lanes.ts';
export { migrateQueue, QueueUnfitError } from './migrate-queue.ts';
export { waitForQueue } from './wait-for-queue.ts';
