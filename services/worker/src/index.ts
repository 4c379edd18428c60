export { readConfig, type Config } from './config.ts';
export { createContext, type Context, type Overrides } from './context.ts';
export { startWorker, type Worker } from './start-worker.ts';
