import { runService } from '@usher/service';
import { readConfig } from './config.ts';
import { createContext } from './context.ts';
import { startApi } from './start-api.ts';

await runService(() => createContext(readConfig(process.env)), startApi);
