import type { Command } from 'commander';
import { colors } from '../colors.ts';
import { readServiceEnvironment } from '../config.ts';
import type { Check } from '../doctor/check.ts';
import { addExamples } from '../examples.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { jsonOption } from '../json-option.ts';
import { note, printJson, printLine } from '../print.ts';
import { cleanText } from '../render/clean-text.ts';
import { paintState } from '../render/paint-state.ts';

export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('check a configuration against the live parts, and say what to mend')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nIt reads the variables that API and worker read, or those of the stack that runs here,\n' +
        'and changes nothing. The exit code is 1 where there is a problem; warnings are none.',
    )
    .action(async ({ json }: { json?: boolean }) => {
      const { values, from } = readServiceEnvironment(process.env);
      if (from !== undefined) note(from);
      const { runChecks } = await import('../doctor/run-checks.ts');
      const checks = await runChecks(values);
      const isWell = checks.every(({ status }) => status !== 'problem');
      process.exitCode = (isWell ? EXIT_CODES.ok : EXIT_CODES.failed).code;
      if (json) return printJson({ ok: isWell, checks });
      printChecks(checks);
    });
  addExamples(command, ['doctor', 'doctor --json | jq \'.checks[] | select(.status != "ok")\'']);
}

function printChecks(checks: readonly Check[]): void {
  const width = Math.max(...checks.map(({ check }) => check.length));
  for (const { check, status, found, advice } of checks) {
    const state = paintState(status.padEnd('problem'.length));
    printLine(`  ${state}  ${colors.bold(check.padEnd(width))}  ${cleanText(found)}`);
    if (advice !== null) printLine(`${' '.repeat(width + 13)}${colors.dim('→')} ${advice}`);
  }
  const [problems, warnings] = (['problem', 'warning'] as const).map(
    (wanted) => checks.filter(({ status }) => status === wanted).length,
  );
  printLine();
  printLine(`${count(problems, 'problem')}, ${count(warnings, 'warning')}.`);
}

const count = (many = 0, what: string) => `${many} ${what}${many === 1 ? '' : 's'}`;
