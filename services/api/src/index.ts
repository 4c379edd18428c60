export { readConfig, type Config } from './config.ts';
export { createContext, type Context } from './context.ts';
export { createApp } from './create-app.ts';
export { startApi, type Api } from './start-api.ts';
