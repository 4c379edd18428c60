import { createContext, readConfig, startWorker } from '@usher/worker';
import type { Failpoint } from '@usher/jobs';
import { runService } from '@usher/service';

/**
 * The real worker, with failpoints: TEST_FAILPOINTS is `{"<name>": ["<subject>", …]}`, and the process
 * kills itself when it comes to that point with one of those subjects (`*` is any).
 */
const points = JSON.parse(process.env.TEST_FAILPOINTS ?? '{}') as Record<string, string[]>;

const failpoint: Failpoint = (name, subjects) => {
  const deadly = points[name];
  if (!deadly) return;
  if (deadly.includes('*') || subjects.some((subject) => deadly.includes(subject))) {
    process.kill(process.pid, 'SIGKILL');
    // The signal is on its way: nothing after this line may run.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
};

await runService(() => createContext(readConfig(process.env), { failpoint }), startWorker);
