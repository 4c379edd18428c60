import { vi } from 'vitest';
import { createProgram } from '../program.ts';
import { reportError } from '../report-error.ts';

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Run a command in this process, as `main.ts` does, against this database. */
export async function runCommand(
  args: readonly string[],
  environment: { DATABASE_URL?: string },
): Promise<CommandResult> {
  const result = { code: 0, stdout: '', stderr: '' };
  vi.stubEnv('DATABASE_URL', environment.DATABASE_URL);
  vi.stubEnv('QUEUE_URL', undefined);
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      result[name] += String(text);
      return true;
    }),
  );
  try {
    await createProgram().parseAsync([...args], { from: 'user' });
  } catch (error) {
    result.code = reportError(error, args);
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  }
  return result;
}
