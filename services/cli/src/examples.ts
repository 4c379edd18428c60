import type { Command } from 'commander';

/** Lines to type, without `usher`, at the end of a command's help. */
export function addExamples(command: Command, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  usher ${example}`);
  return command.addHelpText('after', ['', 'Examples:', ...lines].join('\n'));
}
