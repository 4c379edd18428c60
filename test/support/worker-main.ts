import { existsSync, writeSync } from 'node:fs';
import type { Failpoint } from '@usher/jobs';
import { runService } from '@usher/service';
import { createContext, readConfig, startWorker } from '@usher/worker';

/**
 * The real worker, with failpoints. TEST_FAILPOINTS is `{"<name>": …}`, for each name one of:
 * - `["<subject>", …]`: the process kills itself whenever it comes to that point with one of these
 *   subjects (`*` is any);
 * - `{"nth": 3, "act": "kill"}`: it kills itself at the third passing, whatever the subjects;
 * - `{"nth": 3, "act": "freeze", "ms": 13000}`: it stands still for so long, once, and goes on.
 * The last two do nothing once the file TEST_FAILPOINTS_UNTIL exists.
 */
type Point = string[] | { nth: number; act: 'kill' | 'freeze'; ms?: number };

const points = JSON.parse(process.env.TEST_FAILPOINTS ?? '{}') as Record<string, Point | Point[]>;
const disarmed = process.env.TEST_FAILPOINTS_UNTIL;
const passings = new Map<string, number>();

const failpoint: Failpoint = (name, subjects) => {
  const given = points[name];
  if (!given) return;
  const passing = (passings.get(name) ?? 0) + 1;
  passings.set(name, passing);
  const subjectLists = given as Array<string | Point>;
  for (const point of Array.isArray(given) ? subjectLists : [given]) {
    if (typeof point === 'string') {
      if (point === '*' || subjects.includes(point)) die();
    } else if (!Array.isArray(point) && point.nth === passing) {
      if (disarmed !== undefined && existsSync(disarmed)) continue;
      // Past the logger: nothing that is still buffered would be seen.
      writeSync(2, `failpoint ${name} ${passing} ${point.act}\n`);
      if (point.act === 'kill') die();
      standStill(point.ms);
      writeSync(2, `failpoint ${name} ${passing} over\n`);
    }
  }
};

function die(): void {
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way: nothing after this line may run.
  standStill();
}

function standStill(ms?: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

await runService(() => createContext(readConfig(process.env), { failpoint }), startWorker);
