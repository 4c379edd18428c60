import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Whether there is a Python 3 here: our tests bring none. */
export const hasPython = (): boolean =>
  spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0;

/** What a script prints, as JSON. @throws with what it wrote to stderr, if it fails. */
export async function runPython(file: string, environment: NodeJS.ProcessEnv): Promise<unknown> {
  const { stdout } = await promisify(execFile)('python3', [file], {
    env: { ...process.env, NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1', ...environment },
    timeout: 60_000,
  });
  return JSON.parse(stdout);
}
