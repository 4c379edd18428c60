import { Option, type Command } from 'commander';
import { addExamples } from '../examples.ts';
import { jsonOption } from '../json-option.ts';

/**
 * A command that asks the API, with the options that all of them have.
 * @param nameAndArguments as in `show <id>`.
 * @param examples lines to type, without `usher`.
 */
export function addApiCommand(
  parent: Command,
  nameAndArguments: string,
  description: string,
  examples: readonly string[],
): Command {
  const command = parent
    .command(nameAndArguments)
    .description(description)
    .addOption(jsonOption())
    .addOption(new Option('--api-url <url>', 'where the API is; rather set USHER_API_URL'))
    .addOption(
      new Option(
        '--api-key <key>',
        'the key to ask with; rather set USHER_API_KEY: others on this machine see options',
      ),
    );
  return addExamples(command, examples);
}
