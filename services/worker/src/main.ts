import { runService } from '@usher/service';
import { readConfig } from './config.ts';
import { createContext } from './context.ts';
import { startWorker } from './start-worker.ts';

await runService(() => createContext(readConfig(process.env)), startWorker);
