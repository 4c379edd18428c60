import { PublicError } from '@usher/contracts';
import { CommanderError } from 'commander';
import { describeApiError } from './api/describe-api-error.ts';
import { exitCodeOf } from './api/exit-code-of.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { note } from './print.ts';

/** Say in one line on standard error what was wrong. @returns the exit code. */
export function reportError(error: unknown, args: readonly string[]): number {
  if (error instanceof CommanderError) {
    // Help was asked for and printed, or a command group was named without a command.
    if (error.exitCode === 0) return EXIT_CODES.ok.code;
    if (error.code !== 'commander.help') {
      const said = error.message.replace(/^error: /, '').replace(/\.$/, '');
      // The value of an option that is misspelt may be a key.
      const problem = said.replace(/^(unknown option '[^'=]*)=[^]*?'(?=\s|$)/, "$1'");
      print(`${problem}. See: ${['usher', ...commandIn(error, args), '--help'].join(' ')}`);
    }
    return EXIT_CODES.usage.code;
  }
  print(describe(error));
  return exitCodeOf(error);
}

/** The words that name a command, as in `usher key create --org …`; of one there is not, none. */
function commandIn(error: CommanderError, args: readonly string[]): string[] {
  const end = args.findIndex((arg) => !/^[a-z]+$/.test(arg));
  const words = args.slice(0, Math.min(end < 0 ? args.length : end, 2));
  return error.code === 'commander.unknownCommand' ? words.slice(0, -1) : words;
}

const print = (message: string) => note(message.trim().replaceAll(/\s*\n\s*/g, ' '));

function describe(error: unknown): string {
  if (error instanceof PublicError && error.details) {
    return `${error.message}: ${error.details.map(({ message }) => message).join('; ')}`;
  }
  const said = describeApiError(error);
  if (said !== undefined) return said;
  return error instanceof Error ? error.message : String(error);
}
