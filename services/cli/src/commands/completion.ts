import { Argument, type Command } from 'commander';
import { SHELLS, writeScript, type Shell } from '../completion/write-script.ts';
import { addExamples } from '../examples.ts';

export function addCompletion(program: Command): void {
  const command = program
    .command('completion')
    .description('print a script that completes commands, options and their values in a shell')
    .addArgument(new Argument('<shell>', 'which').choices(SHELLS))
    .action((shell: Shell) => {
      process.stdout.write(writeScript(shell, program));
    });
  addExamples(command, [
    'completion bash > ~/.local/share/bash-completion/completions/usher',
    'completion zsh > "${fpath[1]}/_usher"',
  ]);
}
