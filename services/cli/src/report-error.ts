import { PublicError } from '@usher/contracts';
import { isConnectionLost } from '@usher/db';
import { CommanderError } from 'commander';

/** Say in one line on standard error what was wrong. @returns the exit code. */
export function reportError(error: unknown, args: readonly string[]): number {
  if (error instanceof CommanderError) {
    // Help was asked for and printed, or a command group was named without a command.
    if (error.exitCode === 0) return 0;
    if (error.code !== 'commander.help') {
      const problem = error.message.replace(/^error: /, '').replace(/\.$/, '');
      print(`${problem}. See: ${['usher', ...commandIn(error, args), '--help'].join(' ')}`);
    }
    return 2;
  }
  print(describe(error));
  return 1;
}

/** The words that name a command, as in `usher key create --org …`; of one there is not, none. */
function commandIn(error: CommanderError, args: readonly string[]): string[] {
  const end = args.findIndex((arg) => !/^[a-z]+$/.test(arg));
  const words = args.slice(0, Math.min(end < 0 ? args.length : end, 2));
  return error.code === 'commander.unknownCommand' ? words.slice(0, -1) : words;
}

function print(message: string): void {
  process.stderr.write(`usher: ${message.trim().replaceAll(/\s*\n\s*/g, ' ')}\n`);
}

function describe(error: unknown): string {
  if (error instanceof PublicError && error.details) {
    return `${error.message}: ${error.details.map(({ message }) => message).join('; ')}`;
  }
  if (isConnectionLost(error)) {
    const cause = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    return `Postgres cannot be reached (${cause}). Check DATABASE_URL, or start a stack with \`npm start\`.`;
  }
  return error instanceof Error ? error.message : String(error);
}
