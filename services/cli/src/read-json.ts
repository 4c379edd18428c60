import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { CommandFailed } from './exit-codes.ts';

/**
 * A JSON object from a file, or from standard input for `-`.
 * @throws {CommandFailed} `usage` when there is none.
 */
export async function readJson(path: string): Promise<object> {
  const name = path === '-' ? 'standard input' : path;
  const written = path === '-' ? await text(process.stdin) : await readText(path);
  let value: unknown;
  try {
    // Editors of Windows begin a file with a byte order mark.
    value = JSON.parse(written.replace(/^\uFEFF/, ''));
  } catch (error) {
    const { message } = error as SyntaxError;
    throw new CommandFailed('usage', `${name} is not JSON: ${message}`, { cause: error });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new CommandFailed('usage', `${name} must hold a JSON object`);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new CommandFailed('usage', `${path} cannot be read (${code})`, { cause: error });
  }
}
