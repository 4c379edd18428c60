import type { Command, Option } from 'commander';

/** One command, as far as a shell completes it. */
export interface CompletedCommand {
  /** As in `usher job show`. */
  words: string;
  subcommands: string[];
  /** As they are written, `--json`. */
  flags: string[];
  /** What the first argument may be, where that is known. */
  argumentChoices: string[];
  /** Flags that a value follows. */
  valued: Array<{ flag: string; choices: string[]; isFile: boolean }>;
}

/** Every command below and with this one, from commander's own tree. */
export function describeCommands(
  command: Command,
  parents: readonly string[] = [],
): CompletedCommand[] {
  const words = [...parents, command.name()];
  const help = command.createHelp();
  const options = help.visibleOptions(command);
  const own: CompletedCommand = {
    words: words.join(' '),
    subcommands: help.visibleCommands(command).map((each) => each.name()),
    flags: options.flatMap((option) => option.long ?? []),
    argumentChoices: command.registeredArguments[0]?.argChoices ?? [],
    valued: options.filter((option) => option.required).flatMap(describeValue),
  };
  return [own, ...command.commands.flatMap((each) => describeCommands(each, words))];
}

function describeValue({ long, argChoices = [], flags }: Option): CompletedCommand['valued'] {
  return long ? [{ flag: long, choices: argChoices, isFile: /<(path|folder)>/.test(flags) }] : [];
}
