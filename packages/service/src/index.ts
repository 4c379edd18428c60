export { inTime } from './in-time.ts';
export { runService, type Running } from './run-service.ts';
