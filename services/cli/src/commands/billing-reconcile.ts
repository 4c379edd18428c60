import type { BillingReport } from '@usher/kinds';
import type { Command } from 'commander';
import { readAddresses, readBillingSettings } from '../config.ts';
import { addExamples } from '../examples.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { jsonOption } from '../json-option.ts';
import { printJson, printLine, printTable } from '../print.ts';
import { withDatabase } from '../with-database.ts';

export function addBillingReconcile(parent: Command): void {
  const command = parent
    .command('reconcile')
    .description('what differs between our groups and the billing provider')
    .option('--repair', 'repair what can be: adopt, rename, provision again; nothing is deleted')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `\nThe exit code is ${EXIT_CODES.partly.code} when differences remain. The provider is that of
BILLING_PROVIDER, with the same variables as the worker's.`,
    )
    .action(async ({ repair = false, json }: { repair?: boolean; json?: boolean }) => {
      const { databaseUrl } = readAddresses(process.env);
      const settings = readBillingSettings(process.env);
      const { reconcile } = await import('../reconcile.ts');
      const report = await withDatabase(databaseUrl, (db) => reconcile(db, settings, repair));
      if (report.differences.some(({ repaired }) => !repaired)) {
        process.exitCode = EXIT_CODES.partly.code;
      }
      if (json) return printJson(report);
      printReport(report, repair);
    });
  addExamples(command, ['billing reconcile', 'billing reconcile --repair --json']);
}

function printReport({ provider, checked, differences }: BillingReport, repair: boolean): void {
  const read = `${checked.groups} groups here, ${checked.entities} entities at ${provider}`;
  if (differences.length === 0) return printLine(`Nothing differs: ${read}.`);
  printTable(
    ['type', 'group', 'organization', 'upstream', 'repaired', 'what'],
    differences.map((each) => [
      each.type,
      each.group_id ?? '',
      each.org_id ?? '',
      each.upstream_id ?? '',
      each.repaired ? 'yes' : 'no',
      each.detail,
    ]),
  );
  const repaired = differences.filter((each) => each.repaired).length;
  printLine(`${differences.length} differences, ${repaired} repaired: ${read}.`);
  if (!repair) printLine('Next: usher billing reconcile --repair');
}
